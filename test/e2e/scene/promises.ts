/** What a client may miss at most, by what stacks/Pulumi.local.yaml says. Machines that do other things besides get some room. */

export const ADVERTISEMENT_INTERVAL_MS = 1_000;
const BACKUP_PRIORITY = 100;
const MARGIN_MS = 200;
/** RFC 9568 6.1; as long for CARP as for VRRP, to 10 ms. */
export const SKEW_MS = ((256 - BACKUP_PRIORITY) / 256) * ADVERTISEMENT_INTERVAL_MS;

/** A master that could say goodbye, or that systemd said it for. */
export const RESIGNED_MS = SKEW_MS + MARGIN_MS;
/** A master that is silent, as the protocol alone sees it. */
export const SILENT_MS = 3 * ADVERTISEMENT_INTERVAL_MS + RESIGNED_MS;
/** The same with the peer link, and its three heartbeats of 100 ms: well under a second. */
export const UNLINKED_MS = 900;

/** What a host uses of the world that it is in. */
import type { NodeReport } from "../../../agent/virtualRouter/report.ts";
import type { Agenda } from "../machine/agenda.ts";
import type { Calm } from "../machine/calm.ts";
import type { Host, RoleChange } from "../machine/host.ts";
import type { Random } from "../machine/random.ts";
import type { Cloud } from "../network/cloud.ts";
import type { PeerLinks } from "../network/peerLinks.ts";

export interface Surroundings {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly calm: Calm;
  readonly cloud: Cloud;
  readonly peerLinks: PeerLinks;
  noteReport(host: Host, report: NodeReport): void;
  noteRole(host: Host, change: RoleChange): void;
  /** Its program ended. */
  noteEnd(host: Host): void;
  /** It asked the cloud for the public address; @param isSecond while an earlier request of its own is under way. */
  noteMove(host: Host, isSecond: boolean): void;
}

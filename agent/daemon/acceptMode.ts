/**
 * Keeps out what is sent to shared addresses that this host carries but may not answer for: RFC 9568's Accept_Mode of
 * False (6.1), by a table of nftables. ARP never meets it and neighbour discovery passes, so the addresses go on being found.
 *
 * The rules are the same in every role: a backup has no use for such packets either (6.4.2), so no change of role has to
 * wait for them.
 */
import { execFile } from "node:child_process";
import type { AgentConfig } from "../config/schema/document.ts";
import { PRIORITY } from "../config/schema/virtualRouter.ts";
import { parseAddress } from "../interfaces/addressPlan.ts";
import type { Log } from "../logging/log.ts";
import type { Troubles } from "../logging/troubles.ts";
import { familyOf } from "../protocol/packet/ip.ts";

const TABLE = "inet vipf-accept";
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const TIMEOUT_MS = 5_000;

/** The shared addresses whose packets this host is not to take in, without prefix lengths. */
export function refusedAddresses({ virtualRouters }: Pick<AgentConfig, "virtualRouters">): string[] {
  return virtualRouters.flatMap((router) => {
    const accepts = router.protocol === "carp" || router.acceptMode || router.priority === PRIORITY.owner;
    return accepts ? [] : router.addresses.map(({ address }) => parseAddress(address).address);
  });
}

/** What nft(8) is to carry out: replaces the table, in one transaction; without addresses there is none. */
export function rulesFor(addresses: readonly string[]): string {
  // To be deleted it has to be there.
  const withoutTable = `table ${TABLE}\ndelete table ${TABLE}\n`;
  if (addresses.length === 0) return withoutTable;
  const chain = [
    "type filter hook input priority filter - 1; policy accept;",
    ...rulesOf(4, addresses, (set) => [`ip daddr ${set} drop`]),
    // A verdict of acceptance ends this chain alone: the host's own rules are asked as well.
    ...rulesOf(6, addresses, (set) => [
      `ip6 daddr ${set} icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept`,
      `ip6 daddr ${set} drop`,
    ]),
  ];
  return `${withoutTable}table ${TABLE} {\n chain input {\n  ${chain.join("\n  ")}\n }\n}\n`;
}

export class AcceptMode {
  readonly #log: Log;
  readonly #troubles: Troubles;
  readonly #nft: string;
  /** What is in force; undefined: nobody knows, such as before the first word to nft. */
  #rules: string | undefined;

  /** @param nft the program that carries the rules out. */
  constructor(log: Log, troubles: Troubles, nft = "nft") {
    this.#log = log;
    this.#troubles = troubles;
    this.#nft = nft;
  }

  /** Brings the rules in step with a configuration. The first time also clears up after an earlier life. Never rejects. */
  async apply(config: Pick<AgentConfig, "virtualRouters">): Promise<void> {
    const addresses = refusedAddresses(config);
    const rules = rulesFor(addresses);
    if (rules === this.#rules) return;
    const failure = await carryOut(rules, this.#nft);
    this.#rules = failure === undefined ? rules : undefined;
    if (failure === undefined) {
      this.#troubles.end("accept-mode");
      return;
    }
    const { message: error, remedy } = failure;
    if (addresses.length === 0) {
      // A host that cannot have rules has none that would have to go.
      this.#log.debug({ error }, "no rules for accept mode to clear up");
      this.#troubles.end("accept-mode");
      return;
    }
    const message = `packets to ${addresses.join(", ")} are not kept out`;
    this.#troubles.begin("accept-mode", { level: "error", message, error, fields: { remedy } });
  }

  /** Takes the rules away. Never rejects. */
  async remove(): Promise<void> {
    await this.apply({ virtualRouters: [] });
  }
}

interface Failure {
  readonly message: string;
  readonly remedy: string;
}

/** Gives rules to nft. @returns what went wrong, if anything did. */
function carryOut(rules: string, nft: string): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const options = { env: { PATH }, timeout: TIMEOUT_MS };
    const child = execFile(nft, ["-f", "-"], options, (error, _stdout, stderr) => {
      resolve(error === null ? undefined : failureOf(error, stderr));
    });
    // One that did not start reads nothing; the callback says why.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(rules);
  });
}

function failureOf(error: Error & { readonly code?: unknown }, stderr: string): Failure {
  if (error.code === "ENOENT") return { message: "nft is not installed", remedy: "install nftables" };
  const message = stderr.trim() === "" ? error.message : stderr.trim();
  return { message, remedy: "give the agent CAP_NET_ADMIN and the kernel nf_tables, or set acceptMode to true" };
}

function rulesOf(
  family: 4 | 6,
  addresses: readonly string[],
  rules: (set: string) => readonly string[],
): readonly string[] {
  const own = addresses.filter((address) => familyOf(address) === family);
  return own.length === 0 ? [] : rules(`{ ${own.join(", ")} }`);
}

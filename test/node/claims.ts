/** Counts what a host says to the segment as if a virtual address was its own. */
import { execFileSync } from "node:child_process";
import { type Host, namespaceOf, portOf, SWITCH } from "./cabling.ts";

export class Claims {
  readonly #table: string;

  /** Counts from now on, at the switch; an earlier counting of the same host is over. */
  constructor(host: Host, address: string) {
    this.#table = `vipf-claims-${host}`;
    const rule = `add rule bridge ${this.#table} heard iifname ${portOf(host, "private")}`;
    nft(
      // Adding it first makes the removal of one that is not there no error.
      ...["add", "delete", "add"].map((verb) => `${verb} table bridge ${this.#table}`),
      `add chain bridge ${this.#table} heard { type filter hook prerouting priority 0; }`,
      `add counter bridge ${this.#table} advertisements`,
      `add counter bridge ${this.#table} announcements`,
      // The priority is the third octet of an advertisement; 0 is a farewell and claims nothing.
      `${rule} ip protocol 112 @th,16,8 != 0 counter name advertisements`,
      // A loser's word of where the address is has the winner's MAC inside.
      `${rule} arp saddr ip ${address} arp saddr ether ${macOf(host)} counter name announcements`,
    );
  }

  /** Advertisements of VRRP without farewells. */
  advertisements(): number {
    return this.#packets("advertisements");
  }

  /** ARP with the address as the sender's own, at the sender's MAC. */
  announcements(): number {
    return this.#packets("announcements");
  }

  #packets(counter: string): number {
    return Number(/packets (\d+)/.exec(nft(`list counter bridge ${this.#table} ${counter}`))?.[1]);
  }
}

function macOf(host: Host): string {
  const text = execFileSync("ip", ["-n", namespaceOf(host), "-o", "link", "show", "eth0"], { encoding: "utf8" });
  return /link\/ether (\S+)/.exec(text)?.[1] ?? "";
}

/** @returns what it printed. */
function nft(...commands: readonly string[]): string {
  return execFileSync("ip", ["netns", "exec", SWITCH, "nft", commands.join("\n")], { encoding: "utf8" });
}

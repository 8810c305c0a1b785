/** Two hosts with two cables between them, private and public, that can be cut without either noticing. */
import { execFileSync } from "node:child_process";

export type Cable = "private" | "public";
const CABLES = ["private", "public"] as const;
const NODES = [1, 2] as const;

export function hostOf(node: number): string {
  return `vipf-peer${node}`;
}

/** A node's addresses, in the order of the cables. */
export function addressesOf(node: number): readonly string[] {
  return [`10.25.0.${10 + node}`, `198.51.100.${10 + node}`];
}

export class TwoHosts {
  constructor() {
    TwoHosts.remove();
    for (const node of NODES) {
      ip("netns", "add", hostOf(node));
      ip("-n", hostOf(node), "link", "set", "lo", "up");
      nft(node, "add table inet cut");
      nft(node, "add chain inet cut input { type filter hook input priority 0; }");
    }
    for (const [index, cable] of CABLES.entries()) {
      ip("link", "add", cable, "netns", hostOf(1), "type", "veth", "peer", "name", cable, "netns", hostOf(2));
      for (const node of NODES) {
        ip("-n", hostOf(node), "addr", "add", `${addressesOf(node)[index]}/24`, "dev", cable);
        ip("-n", hostOf(node), "link", "set", cable, "up");
      }
    }
  }

  /** What comes to these nodes over a cable is lost from now on, or so many of a hundred packets. */
  cut(cable: Cable, nodes: readonly number[] = NODES, percent = 100): void {
    for (const node of nodes) {
      nft(node, `add rule inet cut input iifname ${cable} numgen random mod 100 <= ${percent - 1} drop`);
    }
  }

  /** Nothing is lost any more. */
  heal(): void {
    for (const node of NODES) nft(node, "flush chain inet cut input");
  }

  takeAddress(node: number, cable: Cable): void {
    ip("-n", hostOf(node), "addr", "flush", "dev", cable);
  }

  giveAddress(node: number, cable: Cable): void {
    const address = addressesOf(node)[CABLES.indexOf(cable)];
    ip("-n", hostOf(node), "addr", "add", `${address}/24`, "dev", cable);
  }

  /** Also what an earlier run left that was killed. */
  static remove(): void {
    const present = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
    for (const host of NODES.map(hostOf)) {
      if (!new RegExp(`^${host}\\b`, "m").test(present)) continue;
      const pids = execFileSync("ip", ["netns", "pids", host], { encoding: "utf8" });
      for (const pid of pids.split("\n").filter((line) => line !== "")) process.kill(Number(pid), "SIGKILL");
      ip("netns", "del", host);
    }
  }
}

function ip(...argv: readonly string[]): void {
  execFileSync("ip", argv);
}

function nft(node: number, command: string): void {
  execFileSync("ip", ["netns", "exec", hostOf(node), "nft", command]);
}

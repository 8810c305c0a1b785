/** Two network namespaces with a cable between them, and this very process in either: the kernel's calls on a real segment. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import koffi from "koffi";
import { LinuxKernel } from "../../agent/daemon/protocolThread/linuxKernel.ts";
import type { Link } from "../../agent/interfaces/kernel.ts";
import type { Packet } from "../../agent/protocol/packet/packet.ts";

/** The ends of the cable, each an interface `eth0`. */
export type End = "lx1" | "lx2";
export const OWN: Readonly<Record<End, { readonly ipv4: string; readonly linkLocal: string; readonly ipv6: string }>> =
  {
    lx1: { ipv4: "10.25.0.11", linkLocal: "fe80::11", ipv6: "2001:db8:25::11" },
    lx2: { ipv4: "10.25.0.12", linkLocal: "fe80::12", ipv6: "2001:db8:25::12" },
  };
const ENDS = ["lx1", "lx2"] as const;
const CLONE_NEWNET = 0x4000_0000;
const POLL_MS = 20;
const PATIENCE_MS = 60_000;

const setns = koffi.load(null).func("int setns(int fd, int type)") as unknown as (fd: number, type: number) => number;

export class LinuxSegment {
  readonly #kernels: LinuxKernel[] = [];

  constructor() {
    LinuxSegment.#remove();
    for (const end of ENDS) ip("netns", "add", `vipf-${end}`);
    ip("-n", "vipf-lx1", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", "vipf-lx2");
    for (const end of ENDS) {
      const { ipv4, linkLocal, ipv6 } = OWN[end];
      this.ip(end, "link", "set", "lo", "up");
      this.ip(end, "link", "set", "eth0", "addrgenmode", "none", "up");
      this.ip(end, "addr", "add", `${ipv4}/24`, "dev", "eth0");
      this.ip(end, "addr", "add", `${linkLocal}/64`, "dev", "eth0", "nodad");
      this.ip(end, "addr", "add", `${ipv6}/64`, "dev", "eth0", "nodad");
    }
  }

  /** Closes every kernel that was opened and takes the namespaces away. */
  close(): void {
    for (const kernel of this.#kernels) kernel.close();
    LinuxSegment.#remove();
  }

  /** Does something with this thread in a namespace; sockets opened there stay there. */
  within<Result>(end: End, action: () => Result): Result {
    const home = openSync("/proc/thread-self/ns/net", "r");
    const there = openSync(`/run/netns/vipf-${end}`, "r");
    try {
      enter(there);
      return action();
    } finally {
      enter(home);
      closeSync(home);
      closeSync(there);
    }
  }

  kernel(end: End): LinuxKernel {
    const kernel = this.within(end, () => new LinuxKernel(tmpdir()));
    this.#kernels.push(kernel);
    return kernel;
  }

  /** Runs ip(8) in a namespace. */
  ip(end: End, ...argv: readonly string[]): string {
    return ip("-n", `vipf-${end}`, ...argv);
  }

  /** Runs a command in a namespace to its end. */
  run(end: End, ...argv: readonly string[]): string {
    return ip("netns", "exec", `vipf-${end}`, ...argv);
  }

  static #remove(): void {
    const present = ip("netns", "list");
    for (const end of ENDS) if (new RegExp(`^vipf-${end}\\b`, "m").test(present)) ip("netns", "del", `vipf-${end}`);
  }
}

function enter(fd: number): void {
  if (setns(fd, CLONE_NEWNET) !== 0) throw new Error("setns failed: are you root?");
}

function ip(...argv: readonly string[]): string {
  return execFileSync("ip", argv, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The interface that every test is about. */
export function ethernet(kernel: LinuxKernel): Link {
  return named(kernel, "eth0");
}

export function named(kernel: LinuxKernel, name: string): Link {
  const link = kernel.links().find((candidate) => candidate.name === name);
  if (link === undefined) throw new Error(`there is no ${name}`);
  return link;
}

/** The next packet that comes to any socket of a kernel, its bytes copied. */
export function nextPacket(kernel: LinuxKernel): Packet {
  const packets = packetsWithin(kernel, PATIENCE_MS, 1);
  if (packets[0] === undefined) throw new Error("no packet came");
  return packets[0];
}

/** What comes to the sockets of a kernel until `count` packets are there or the time is over, their bytes copied. */
export function packetsWithin(kernel: LinuxKernel, milliseconds: number, count: number): Packet[] {
  const packets: Packet[] = [];
  const deadlineMs = performance.now() + milliseconds;
  for (;;) {
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0 || packets.length >= count) return packets;
    for (const fd of kernel.wait(Math.ceil(leftMs * 1_000)).sockets) {
      kernel.readEach(fd, (packet) => packets.push(copyOf(packet)));
    }
  }
}

function copyOf(packet: Packet): Packet {
  return packet.family === 4
    ? { ...packet, datagram: Uint8Array.from(packet.datagram) }
    : { ...packet, payload: Uint8Array.from(packet.payload) };
}

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const startedMs = performance.now();
  while (!holds()) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await sleep(POLL_MS);
  }
}

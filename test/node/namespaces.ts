/** Three network namespaces on a bridge, real processes in them, and what a client sees: the smallest real segment. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The namespaces: two nodes, a client, and the switch between them. */
export type Host = "n1" | "n2" | "nc";
const HOSTS: Readonly<Record<Host, string>> = { n1: "10.25.0.11", n2: "10.25.0.12", nc: "10.25.0.99" };
const SWITCH = "vipf-nsw";
const POLL_MS = 20;
const ANSWER_PATIENCE_MS = 15_000;

/** What a process said and how it ended. */
export interface Running {
  readonly child: ChildProcess;
  output(): string;
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/** What a client saw of an address it asked every 10 ms. */
export interface Seen {
  readonly sent: number;
  readonly lost: number;
  /** The longest time between two answers. */
  readonly gapMs: number;
}

/** A client that asks without pause. */
export interface Probe {
  /** Waits for the first answer. */
  answered(): Promise<void>;
  /** Stops asking. */
  finish(): Promise<Seen>;
}

export class Namespaces {
  readonly directory = mkdtempSync(join(tmpdir(), "vipf-agent-"));
  readonly #running = new Set<Running>();

  constructor() {
    Namespaces.remove();
    ip("netns", "add", SWITCH);
    ip("-n", SWITCH, "link", "add", "br0", "type", "bridge");
    ip("-n", SWITCH, "link", "set", "br0", "up");
    for (const [host, address] of Object.entries(HOSTS)) {
      ip("netns", "add", `vipf-${host}`);
      const cable = ["type", "veth", "peer", "name", host, "netns", SWITCH];
      ip("link", "add", "eth0", "netns", `vipf-${host}`, ...cable);
      ip("-n", SWITCH, "link", "set", host, "master", "br0", "up");
      ip("-n", `vipf-${host}`, "link", "set", "lo", "up");
      ip("-n", `vipf-${host}`, "addr", "add", `${address}/24`, "dev", "eth0");
      ip("-n", `vipf-${host}`, "link", "set", "eth0", "up");
    }
  }

  /** Ends every process that was started and takes the namespaces away. */
  async close(): Promise<void> {
    await this.endAll();
    Namespaces.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Kills every process that still runs. */
  async endAll(): Promise<void> {
    for (const { child, ended } of [...this.#running]) {
      child.kill("SIGKILL");
      await ended;
    }
  }

  /** Also what an earlier run left that was killed. */
  static remove(): void {
    const present = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
    for (const name of [...Object.keys(HOSTS).map((host) => `vipf-${host}`), SWITCH]) {
      if (!new RegExp(`^${name}\\b`, "m").test(present)) continue;
      const pids = execFileSync("ip", ["netns", "pids", name], { encoding: "utf8" });
      for (const pid of pids.split("\n").filter((line) => line !== "")) process.kill(Number(pid), "SIGKILL");
      ip("netns", "del", name);
    }
  }

  /** Starts a process on a host. */
  start(host: Host, ...argv: readonly string[]): Running {
    // A test that is killed takes its processes along.
    const command = ["netns", "exec", `vipf-${host}`, "setpriv", "--pdeathsig", "KILL", "--", ...argv];
    const child = spawn("ip", command, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const ended = new Promise<number | string>((resolve) => {
      child.once("close", (code, signal) => {
        this.#running.delete(running);
        resolve(code ?? signal ?? "unknown");
      });
    });
    const running: Running = { child, output: () => text, ended };
    this.#running.add(running);
    return running;
  }

  /** Runs a command on a host to its end. */
  run(host: Host, ...argv: readonly string[]): string {
    return execFileSync("ip", ["netns", "exec", `vipf-${host}`, ...argv], { encoding: "utf8" });
  }

  /** The addresses on a host's interface. */
  addresses(host: Host): string[] {
    const text = this.run(host, "ip", "-4", "-o", "addr", "show", "dev", "eth0");
    return Array.from(text.matchAll(/inet (\S+)/g), ([, address = ""]) => address);
  }

  /** Plugs a host's cable out of the switch, or in again. */
  cable(host: Host, state: "up" | "down"): void {
    ip("-n", SWITCH, "link", "set", host, state);
  }

  /** Makes the switch drop IP protocol 112, or pass it again. */
  filterVrrp(drop: boolean): void {
    const commands = drop
      ? "add table bridge vipf\nadd chain bridge vipf forward { type filter hook forward priority 0; }\n" +
        "add rule bridge vipf forward ip protocol 112 drop"
      : "delete table bridge vipf";
    execFileSync("ip", ["netns", "exec", SWITCH, "nft", commands]);
  }

  /** Asks an address from the client every 10 ms until `finish` is called. */
  probe(address: string): Probe {
    const ping = this.start("nc", "ping", "-n", "-D", "-i", "0.01", "-W", "1", address);
    return {
      answered: async () => {
        await until(`${address} answers`, ANSWER_PATIENCE_MS, () => ping.output().includes("bytes from"));
      },
      finish: async () => {
        ping.child.kill("SIGINT");
        await ping.ended;
        return seenIn(ping.output());
      },
    };
  }
}

/** What ping printed, in figures. */
function seenIn(output: string): Seen {
  const counts = /(\d+) packets transmitted, (\d+) received/.exec(output);
  const [sent, received] = [Number(counts?.[1]), Number(counts?.[2])];
  const times = Array.from(output.matchAll(/^\[(\d+\.\d+)\].*bytes from/gm), ([, at]) => Number(at) * 1_000);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
  // The last request may be under way when the probe is told to stop.
  return { sent, lost: Math.max(0, sent - received - 1), gapMs: Math.round(Math.max(0, ...gaps)) };
}

function ip(...argv: readonly string[]): void {
  execFileSync("ip", argv);
}

/** Waits until something holds. @returns how long that took, in milliseconds. */
export async function until(
  what: string,
  deadlineMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<number> {
  const startedMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedMs > deadlineMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
  return performance.now() - startedMs;
}

/** Three nodes and a client in network namespaces, the switches between them, real processes in them, and what a client sees. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TYPESCRIPT_LOADER } from "../../toolchain/places.ts";
import { HOSTS, type Host, NETWORKS, type Network, namespaceOf, portOf, SWITCH } from "./cabling.ts";

/** STP states of bridge(8). */
const BRIDGE_STATE = { pass: "3", drop: "0" } as const;
const POLL_MS = 20;
const ANSWER_PATIENCE_MS = 60_000;

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
  /** Waits for so many answers from now on. */
  answered(count?: number): Promise<void>;
  /** Stops asking. */
  finish(): Promise<Seen>;
}

export class Namespaces {
  readonly directory = mkdtempSync(join(tmpdir(), "vipf-agent-"));
  readonly #running = new Set<Running>();

  constructor() {
    Namespaces.remove();
    for (const name of [SWITCH, ...HOSTS.map(namespaceOf)]) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    for (const network of ["private", "public"] as const) {
      const { bridge, device, addresses } = NETWORKS[network];
      ip("-n", SWITCH, "link", "add", bridge, "type", "bridge");
      ip("-n", SWITCH, "link", "set", bridge, "up");
      for (const host of HOSTS.filter((name) => addresses[name] !== undefined)) {
        const port = portOf(host, network);
        ip("link", "add", device, "netns", namespaceOf(host), "type", "veth", "peer", "name", port, "netns", SWITCH);
        ip("-n", SWITCH, "link", "set", port, "master", bridge, "up");
        ip("-n", namespaceOf(host), "addr", "add", `${addresses[host]}/24`, "dev", device);
        ip("-n", namespaceOf(host), "link", "set", device, "up");
      }
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
    for (const name of [...HOSTS.map(namespaceOf), SWITCH]) {
      if (!new RegExp(`^${name}\\b`, "m").test(present)) continue;
      const pids = execFileSync("ip", ["netns", "pids", name], { encoding: "utf8" });
      for (const pid of pids.split("\n").filter((line) => line !== "")) process.kill(Number(pid), "SIGKILL");
      ip("netns", "del", name);
    }
  }

  /** Starts a process on a host. */
  start(host: Host, ...argv: readonly string[]): Running {
    return this.#startIn(namespaceOf(host), ...argv);
  }

  #startIn(namespace: string, ...argv: readonly string[]): Running {
    // A test that is killed takes its processes along.
    const command = ["netns", "exec", namespace, "setpriv", "--pdeathsig", "KILL", "--", ...argv];
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
    return execFileSync("ip", ["netns", "exec", namespaceOf(host), ...argv], { encoding: "utf8" });
  }

  /** The addresses on a host's interface of the private network. */
  addresses(host: Host): string[] {
    const text = this.run(host, "ip", "-4", "-o", "addr", "show", "dev", "eth0");
    return Array.from(text.matchAll(/inet (\S+)/g), ([, address = ""]) => address);
  }

  /** Plugs a host's cable out of the switch, or in again: the host sees its carrier go. */
  cable(host: Host, state: "up" | "down"): void {
    ip("-n", SWITCH, "link", "set", portOf(host, "private"), state);
  }

  /** Makes the switch throw away what a host sends and is sent, or pass it again: nobody sees a carrier go. */
  frames(host: Host, network: Network, what: "pass" | "drop"): void {
    const port = ["set", "dev", portOf(host, network), "state", BRIDGE_STATE[what]];
    execFileSync("ip", ["netns", "exec", SWITCH, "bridge", "link", ...port]);
  }

  /** Makes the switch drop IP protocol 112, or pass it again. */
  filterVrrp(drop: boolean): void {
    const commands = drop
      ? "add table bridge vipf\nadd chain bridge vipf forward { type filter hook forward priority 0; }\n" +
        "add rule bridge vipf forward ip protocol 112 drop"
      : "delete table bridge vipf";
    execFileSync("ip", ["netns", "exec", SWITCH, "nft", commands]);
  }

  /** A stranger at the switch who resets connections of the peer link: one, or all until its process is ended. */
  async stranger(how: "once" | "always"): Promise<Running> {
    const program = join(import.meta.dirname, "resetProcess.ts");
    const running = this.#startIn(SWITCH, process.execPath, "--import", TYPESCRIPT_LOADER, program, how, "n1", "n2");
    await until("the stranger is ready", ANSWER_PATIENCE_MS, () => running.output().includes("ready"));
    return running;
  }

  /** Asks an address from the client every 10 ms until `finish` is called. */
  probe(address: string): Probe {
    const ping = this.start("nc", "ping", "-n", "-D", "-i", "0.01", "-W", "1", address);
    return {
      answered: async (count = 1) => {
        const wanted = answersIn(ping.output()) + count;
        await until(`${address} answers`, ANSWER_PATIENCE_MS, () => answersIn(ping.output()) >= wanted);
      },
      finish: async () => {
        ping.child.kill("SIGINT");
        await ping.ended;
        return seenIn(ping.output());
      },
    };
  }
}

function answersIn(output: string): number {
  return output.split("bytes from").length - 1;
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

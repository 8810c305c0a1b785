/** One server: its disk, its cables and the machine between them, through starts, stops, reboots and power cuts. */

import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "../../../toolchain/command.ts";
import { messageOf } from "../../../toolchain/messageOf.ts";
import { addControlGroup, removeControlGroups } from "../cgroups.ts";
import { type InOrder, inOrder } from "../inOrder.ts";
import { type ConsoleLog, createConsoleLog } from "../machine/consoleLog.ts";
import { consoleLogFile, prepareDisk, removeDisk } from "../machine/disk.ts";
import { type Machine, type StartingMachine, startMachine } from "../machine/machine.ts";
import type { HostNames } from "../names.ts";
import { addNamespace, removeNamespace } from "../namespace.ts";
import { type Cabling, undoing } from "../network/cabling.ts";
import { SYSTEM_PATH } from "../packages.ts";
import type { CommandResult, PortPlan, ServerPlan, ServerState } from "../region.ts";
import { removeNspawnLeftovers } from "../sweep.ts";

/** How long an init that was asked to end may take before the plug is pulled; Nova waits as long. */
const GRACE_MS = 60_000;

/** What a server needs of the host. */
export interface ServerHost {
  readonly names: HostNames;
  readonly stateDir: string;
  /** Root of the base image. */
  readonly image: string;
  readonly fabric: Cabling;
  /** Lets only so many boot at a time. */
  readonly boots: InOrder;
  /** The ports of a server by the newest plan, in order. */
  portsOf(server: ServerPlan): readonly PortPlan[];
  /** The number of the newest plan. */
  planNumber(): number;
  report(serverId: string, state: ServerState): void;
}

/** A server of the region. Operations on one server never overlap, but for a power cut, which waits for nothing. */
export class Server {
  /** The plan that the next start follows. */
  plan: ServerPlan;
  status: "running" | "off" | "failed" = "off";
  /** The number of the newest plan when it went off or failed. */
  since = 0;

  readonly #host: ServerHost;
  readonly #name: string;
  readonly #console: ConsoleLog;
  readonly #serially = inOrder();
  #pluggedIn = false;
  #starting: StartingMachine | undefined;
  #machine: Machine | undefined;
  /** Grows with every power cut, so that a start under way knows that it is no longer wanted. */
  #cuts = 0;

  /** A server that is off. */
  constructor(plan: ServerPlan, host: ServerHost) {
    this.plan = plan;
    this.#host = host;
    this.#name = host.names.server(plan.id);
    this.#console = createConsoleLog(consoleLogFile(host.stateDir, plan.id));
  }

  /** Plugs its cables in ahead of its start, for a network that has to take note of them first. */
  plugIn(): Promise<void> {
    return this.#serially(() => this.#plugIn());
  }

  /** Starts it if it is off. A failure is reported as the server's state and not thrown. */
  start(): Promise<void> {
    return this.#serially(async () => {
      if (this.#starting === undefined) await this.#boot();
    });
  }

  /** Asks its init to power off, and pulls the plug when that takes too long. */
  stop(graceMs = GRACE_MS): Promise<void> {
    return this.#serially(async () => {
      await this.#askToEnd("poweroff", graceMs);
      await this.#settle({ kind: "shutoff" });
    });
  }

  /** Pulls the plug: when it resolves, the server is silent, dead and its state `shutoff`. */
  async cut(): Promise<void> {
    this.#cuts += 1;
    await this.#pullPlug();
    await this.#serially(() => this.#settle({ kind: "shutoff" }));
  }

  /** Starts it again on the same disk; a server that is off is started. */
  reboot(how: "hard" | "soft"): Promise<void> {
    return this.#serially(async () => {
      const cuts = this.#cuts;
      await (how === "soft" ? this.#askToEnd("reboot") : this.#pullPlug());
      await this.#cleanUp();
      if (this.#cuts === cuts) await this.#boot();
    });
  }

  /** Pulls the plug and removes the disk. Reports nothing: whoever destroys a server knows. */
  async destroy(): Promise<void> {
    this.status = "off";
    await this.cut();
    await removeDisk(this.#host.stateDir, this.plan.id);
  }

  /** Runs a program in all of the machine's namespaces. @throws Error when it is off */
  async run(argv: readonly string[], timeoutMs?: number): Promise<CommandResult> {
    if (this.#machine === undefined)
      throw new Error(`server ${this.plan.name} is off: it cannot run ${argv.join(" ")}`);
    // The inner process must not outlive nsenter, which is what a deadline ends.
    const inner = ["setpriv", "--pdeathsig", "KILL", "--", ...argv];
    return runCommand(["nsenter", "--all", `--target=${this.#machine.leader}`, "--", ...inner], {
      env: { PATH: SYSTEM_PATH, HOME: "/root", USER: "root", LANG: "C.UTF-8" },
      accept: "any",
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  /** What the console printed since the last start. */
  consoleLog(): Promise<string> {
    return this.#console.read();
  }

  async #boot(): Promise<void> {
    const cuts = this.#cuts;
    this.status = "running";
    try {
      await this.#host.boots(() => this.#launch(cuts));
      if (this.#cuts === cuts) this.#host.report(this.plan.id, { kind: "active" });
    } catch (error) {
      await this.#starting?.kill();
      const reason = `server ${this.plan.name} could not be started: ${messageOf(error)}`;
      await this.#settle(this.#cuts === cuts ? { kind: "error", reason } : { kind: "shutoff" });
    }
  }

  async #launch(cuts: number): Promise<void> {
    const { names, stateDir, image } = this.#host;
    const disk = await prepareDisk(stateDir, this.plan, image);
    await this.#console.clear();
    await this.#plugIn();
    const controlGroup = await addControlGroup(names.lab, this.#name);
    if (this.#cuts !== cuts) throw new Error("the power was cut");
    const { id, name: hostname } = this.plan;
    const spec = { machine: this.#name, hostname, id, namespace: this.#name, disk, controlGroup };
    const starting = startMachine(spec, this.#console);
    this.#starting = starting;
    this.#machine = await starting.started;
    void starting.ended.then((end) => this.#serially(() => this.#afterEnd(starting, end === "rebooting")));
  }

  async #plugIn(): Promise<void> {
    if (this.#pluggedIn) return;
    const ports = this.#host.portsOf(this.plan);
    await addNamespace(this.#name);
    await undoing(
      () =>
        this.#host.fabric.plug(
          this.#name,
          ports.map((plan, index) => ({ plan, serverId: this.plan.id, device: `eth${index}` })),
        ),
      () => removeNamespace(this.#name),
    );
    this.#pluggedIn = true;
  }

  /** A machine that ended by itself. One that an operation ended is settled already, and another may have its place. */
  async #afterEnd(which: StartingMachine, asksForReboot: boolean): Promise<void> {
    if (this.#starting !== which) return;
    if (!asksForReboot) return this.#settle({ kind: "shutoff" });
    await this.#cleanUp();
    await this.#boot();
  }

  /** Silence first: once the links are gone, nobody hears what the machine does until it is dead. */
  async #pullPlug(): Promise<void> {
    await this.#unplug();
    await this.#starting?.kill();
  }

  async #askToEnd(what: "poweroff" | "reboot", graceMs = GRACE_MS): Promise<void> {
    const machine = this.#machine;
    if (machine === undefined) return;
    machine.ask(what);
    const patience = new AbortController();
    const late = sleep(graceMs, "late" as const, { signal: patience.signal }).catch(() => "aborted" as const);
    const outcome = await Promise.race([machine.ended, late]);
    patience.abort();
    if (outcome === "late") await this.#pullPlug();
  }

  /** Makes the end of a machine the server's state. Says nothing new about a server that was off already. */
  async #settle(state: Extract<ServerState, { kind: "shutoff" | "error" }>): Promise<void> {
    await this.#cleanUp();
    if (this.status !== "running") return;
    this.status = state.kind === "error" ? "failed" : "off";
    this.since = this.#host.planNumber();
    this.#host.report(this.plan.id, state);
  }

  /** Leaves nothing of an ended machine but its disk and its console's log. */
  async #cleanUp(): Promise<void> {
    this.#starting = undefined;
    this.#machine = undefined;
    this.#pluggedIn = false;
    await this.#unplug();
    await removeNamespace(this.#name);
    await removeControlGroups(this.#host.names.lab, this.#name);
    await removeNspawnLeftovers((machine) => machine === this.#name);
  }

  #unplug(): Promise<void> {
    const { fabric } = this.#host;
    const mine = [...fabric.ports.values()].filter(({ serverId }) => serverId === this.plan.id);
    return fabric.unplug(mine.map(({ plan }) => plan.id));
  }
}

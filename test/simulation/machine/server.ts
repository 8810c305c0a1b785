/**
 * One machine: its kernel, its clocks, and the program that runs on it, which may stand still while the kernel goes on.
 * Every turn of the program is a step of the simulation: what it did in it is told to the world.
 */
import type { Link, Reactor } from "../../../agent/interfaces/kernel.ts";
import type { Packet } from "../../../agent/protocol/packet/packet.ts";
import { type Deed } from "../../../agent/simulation/deeds.ts";
import { MemoryKernel } from "../../../agent/simulation/memoryKernel.ts";
import type { Agenda } from "./agenda.ts";
import type { MachineClock } from "./clock.ts";
import type { Random } from "./random.ts";

/** Why a program had its turn. */
export type Cause = "start" | "packet" | "time" | "told" | "thaw" | "end";

/** What a machine needs of its world. */
export interface Surroundings {
  readonly agenda: Agenda;
  readonly random: Random;
  /** Hears of every step, after it. */
  readonly stepped: (cause: Cause, deeds: readonly Deed[], heard: Packet | undefined) => void;
}

type Work = (nowMicros: number) => void;

/** What a socket holds of a program that does not read; then the kernel drops. */
const BACKLOG = 256;

export class Server {
  readonly name: string;
  readonly clock: MachineClock;
  kernel: MemoryKernel;
  /** `paused`: the machine stands still, its kernel too. */
  power: "on" | "off" | "paused" = "off";
  program: Reactor | undefined;
  /** When the program wanted a turn, as it was after its last one; by its own clock. */
  dueMicros = Infinity;
  readonly #surroundings: Surroundings;
  readonly #links: readonly Link[];
  #isStalled = false;
  #isInTurn = false;
  #backlog: Packet[] = [];
  #messages: Work[] = [];
  #networkHasChanged = false;
  #kernelDeadline = Infinity;
  #armedAt = Infinity;
  #armed = 0;

  constructor(name: string, links: readonly Link[], clock: MachineClock, surroundings: Surroundings) {
    this.name = name;
    this.clock = clock;
    this.#links = links;
    this.#surroundings = surroundings;
    this.kernel = this.#newKernel();
  }

  /** Whether its program is there and has its turns. */
  get runs(): boolean {
    return this.power === "on" && this.program !== undefined && !this.#isStalled;
  }

  get isStalled(): boolean {
    return this.#isStalled || this.power === "paused";
  }

  /** Whether its kernel is there to answer. */
  get answers(): boolean {
    return this.power === "on" && this.link.running;
  }

  get link(): Link {
    const [link] = this.kernel.links();
    if (link === undefined) throw new Error(`${this.name} has no interface`);
    return link;
  }

  /** Switches the machine on, with nothing on it. */
  boot(): void {
    this.power = "on";
    this.kernel = this.#newKernel();
    this.#kernelDeadline = Infinity;
  }

  /** Switches it off, without a word. */
  cut(): void {
    this.end();
    this.power = "off";
    this.kernel = this.#newKernel();
  }

  /** Runs a program from now on. */
  run(program: Reactor, begin: Work): void {
    this.program = program;
    this.#turn("start", begin);
  }

  /** Ends the program at once, as SIGKILL does: its sockets are closed, and the rest of what it made stays. */
  end(): void {
    if (this.program === undefined) return;
    this.program = undefined;
    this.#isStalled = false;
    this.kernel.sockets.clear();
    this.#backlog = [];
    this.#messages = [];
    this.#networkHasChanged = false;
  }

  /** A packet arrives. */
  deliver(packet: Packet): void {
    if (this.power === "off" || this.program === undefined) return;
    if (this.runs) this.#turn("packet", (nowMicros) => this.program?.receive(packet, nowMicros), packet);
    else if (this.#backlog.length < BACKLOG) this.#backlog.push(packet);
  }

  /** Another thread of the program has something to say to it. */
  tell(work: Work): void {
    const { program } = this;
    if (this.#isInTurn) {
      this.#surroundings.agenda.in(0, () => {
        if (this.program === program) this.tell(work);
      });
    } else if (this.runs) this.#turn("told", work);
    else if (this.program !== undefined) this.#messages.push(work);
  }

  /** An interface changes. */
  change(edit: (kernel: MemoryKernel) => void): void {
    if (this.power === "off") return;
    edit(this.kernel);
    this.#networkHasChanged = true;
    if (this.runs) this.#turn("told", () => undefined);
  }

  /** Stops the program and nothing else. */
  stall(): void {
    if (this.power === "on" && this.program !== undefined) this.#isStalled = true;
  }

  /** Stops the machine. @param clockStands whether its monotonic clock does, too */
  pause(clockStands: boolean): void {
    if (this.power !== "on") return;
    this.power = "paused";
    if (clockStands) this.clock.stand();
  }

  /** Lets the program, or the machine, go on: what waits in the sockets first, then the network, messages, and time. */
  thaw(): void {
    if (!this.isStalled) return;
    this.clock.go();
    this.#isStalled = false;
    if (this.power === "paused") this.power = "on";
    this.#elapse();
    const backlog = this.#backlog.splice(0);
    const messages = this.#messages.splice(0);
    if (!this.runs) return;
    this.#turn("thaw", (nowMicros) => {
      for (const packet of backlog) this.program?.receive(packet, nowMicros);
      this.#hearOfNetwork(nowMicros);
      for (const message of messages) message(nowMicros);
    });
  }

  #newKernel(): MemoryKernel {
    const kernel = new MemoryKernel(this.#links);
    const { random } = this.#surroundings;
    kernel.chance = (bound) => random.below(bound);
    return kernel;
  }

  #turn(cause: Cause, work: Work, heard?: Packet): void {
    if (!this.runs) return;
    const { kernel, program } = this;
    const nowMicros = this.clock.micros;
    kernel.nowMicros = nowMicros;
    kernel.wallMs = this.clock.wallMs;
    this.#isInTurn = true;
    work(nowMicros);
    this.#hearOfNetwork(nowMicros);
    if (cause !== "start") program?.tick(nowMicros);
    this.#isInTurn = false;
    const deeds = kernel.takeDeeds();
    if (deeds.some(({ kind }) => kind !== "send")) this.#kernelDeadline = kernel.deadline();
    this.#surroundings.stepped(cause, deeds, heard);
    this.#arm();
  }

  #hearOfNetwork(nowMicros: number): void {
    if (!this.#networkHasChanged) return;
    this.#networkHasChanged = false;
    this.program?.networkChanged(nowMicros);
  }

  /** Has a turn when the program or the kernel wants one; an earlier one that is set looks again by itself. */
  #arm(): void {
    const program = this.runs ? this.program?.deadline() : undefined;
    this.dueMicros = program ?? Infinity;
    const dueMicros = Math.min(program ?? Infinity, this.#kernelDeadline);
    if (dueMicros === Infinity || this.power !== "on") return;
    const atMicros = this.clock.whenMicros(dueMicros);
    if (atMicros >= this.#armedAt) return;
    this.#armedAt = atMicros;
    const number = ++this.#armed;
    this.#surroundings.agenda.at(atMicros, () => {
      if (number !== this.#armed) return;
      this.#armedAt = Infinity;
      this.#wake();
    });
  }

  #wake(): void {
    if (this.power !== "on") return;
    this.#elapse();
    if (this.runs) this.#turn("time", () => undefined);
    else this.#arm();
  }

  /** The kernel's own time: leases that are over. */
  #elapse(): void {
    const nowMicros = this.clock.micros;
    if (this.#kernelDeadline > nowMicros) return;
    if (this.kernel.elapse(nowMicros)) this.#networkHasChanged = true;
    this.#kernelDeadline = this.kernel.deadline();
  }
}

/** Draws what befalls a group: rounds of trouble, each with its end, and between them calm in which operators work. */

import type { Group } from "../machine/group.ts";
import type { Random } from "../machine/random.ts";
import { AILMENTS } from "../network/cloud.ts";
import { GATEWAY } from "../network/lan.ts";
import { type Act, type Change, type Fault, FORGERIES, type Order, type Plan } from "./acts.ts";

const SECOND = 1_000_000;
/** systemd's watchdog ends a process that stands still for longer. */
const LONGEST_STALL_MICROS = 9 * SECOND;
const MOST_IDLE_INTERVALS = 1_000;
/** Groups that advertise so often get a short life: each second of it is a hundred of others. */
const QUICK_MICROS = SECOND;
const RARE_MICROS = 10 * SECOND;
const MOST_RESETS = 12;
const DAY = 86_400 * SECOND;

type Untimed<Kind> = Kind extends unknown ? Omit<Kind, "atMicros"> : never;

export function drawPlan(random: Random, group: Group): Plan {
  const drawer = new Drawer(random, group);
  const isQuick = group.intervalMicros < QUICK_MICROS;
  const rounds = isQuick ? 1 : random.between(1, 4);
  for (let round = 0; round < rounds; round++) drawer.round();
  drawer.resets();
  return { acts: drawer.acts, endMicros: drawer.nowMicros };
}

class Drawer {
  readonly acts: Act[] = [];
  nowMicros: number;
  readonly #random: Random;
  readonly #group: Group;
  readonly #names: readonly string[];
  /** Swarm: of all kinds of faults, a seed has some, so that each has its turn without the others. */
  readonly #kinds: readonly Fault["kind"][];

  constructor(random: Random, group: Group) {
    this.#random = random;
    this.#group = group;
    this.#names = group.members.map(({ name }) => name);
    this.nowMicros = group.boundMicros;
    this.#kinds = random.shuffled(FAULT_KINDS).slice(0, random.between(1, FAULT_KINDS.length));
  }

  round(): void {
    const { intervalMicros, boundMicros } = this.#group;
    const lengthMicros = this.#random.between(4, 30) * intervalMicros + this.#random.between(1, 30) * SECOND;
    const faults = this.#random.between(1, 12);
    const orders = this.#random.between(0, 4);
    const beginMicros = this.nowMicros;
    const within = (): number => beginMicros + this.#random.below(lengthMicros);
    for (let count = 0; count < faults; count++) this.#add(within(), this.#fault(this.#random.pick(this.#kinds)));
    for (let count = 0; count < orders; count++) this.#add(within(), this.#order());
    const ends = this.acts.map((act) => act.atMicros + ("forMicros" in act ? act.forMicros : 0));
    this.nowMicros = Math.max(beginMicros + lengthMicros, ...ends) + this.#calmMicros();
    const works = this.#random.between(0, intervalMicros < QUICK_MICROS ? 1 : 3);
    for (let count = 0; count < works; count++) {
      const order = this.#order();
      this.#add(this.nowMicros, order);
      this.nowMicros += this.#calmMicros() + ("forMicros" in order ? order.forMicros : 0);
    }
    this.nowMicros += this.#idleMicros() + boundMicros;
  }

  /** Whoever sees the segment can end connections at any time. */
  resets(): void {
    const linked = this.#group.members.filter(({ config }) => config.peerLink !== undefined).map(({ name }) => name);
    const random = this.#random;
    for (let count = linked.length < 2 ? 0 : random.between(0, MOST_RESETS); count > 0; count--) {
      const [node = "", other = ""] = random.shuffled(linked);
      const forMicros = random.magnitude(1, 5 * SECOND);
      this.#add(random.between(this.#group.boundMicros, this.nowMicros), { kind: "reset", node, other, forMicros });
    }
  }

  /** Time in which nothing but advertisements happens: where those are rare, days of it cost little. */
  #idleMicros(): number {
    const { intervalMicros } = this.#group;
    if (intervalMicros >= RARE_MICROS && this.#random.chance(0.2)) return DAY;
    return this.#random.magnitude(1, MOST_IDLE_INTERVALS) * intervalMicros;
  }

  #calmMicros(): number {
    return this.#group.boundMicros + this.#random.below(this.#group.intervalMicros);
  }

  #add(atMicros: number, act: Untimed<Fault> | Untimed<Order>): void {
    this.acts.push({ atMicros, ...act });
  }

  #node(): string {
    return this.#random.pick(this.#names);
  }

  #agent(): string {
    return this.#random.pick(this.#group.members.filter(({ runs }) => runs === "agent")).name;
  }

  /** From a moment to long after a dead master would be replaced. */
  #while(): number {
    return this.#random.magnitude(1_000, 8 * this.#group.intervalMicros + 10 * SECOND);
  }

  #fault(kind: Fault["kind"]): Untimed<Fault> {
    const random = this.#random;
    const forMicros = this.#while();
    switch (kind) {
      case "cut":
        return { kind, network: random.chance(0.7) ? 0 : 1, ways: this.#ways(), forMicros };
      case "weather": {
        const loss = random.pick([0, 0.05, 0.3, 0.8]);
        const weather = { loss, copies: random.pick([0, 0.2]), jitterMicros: random.magnitude(100, 500_000) };
        return { kind, network: 0, weather, forMicros };
      }
      case "unplug":
        return { kind, node: this.#agent(), forMicros };
      case "stall":
        return { kind, node: this.#node(), forMicros: Math.min(forMicros, LONGEST_STALL_MICROS) };
      case "pause":
        return { kind, node: this.#node(), clockStands: random.chance(0.3), forMicros };
      case "kill":
      case "strip":
        return { kind, node: this.#agent() };
      case "crash":
        return { kind, node: this.#node(), forMicros: forMicros + SECOND };
      case "flap": {
        const looks = Array.from({ length: random.between(1, 8) }, () => random.chance(0.4));
        return { kind, node: this.#agent(), looks, everyMicros: random.magnitude(100_000, 10 * SECOND) };
      }
      case "refuse":
        return { kind, node: this.#agent(), operation: random.pick(["add", "send", "transmit"]), forMicros };
      case "set-clock":
        return { kind, node: this.#agent(), byMs: random.pick([-1, 1]) * random.magnitude(10, 3_600_000), forMicros };
      case "ail":
        return { kind, ailment: random.pick(AILMENTS), forMicros: random.magnitude(SECOND, 300 * SECOND) };
    }
  }

  /** One way, all ways of one end, or between two halves. */
  #ways(): (readonly [string, string])[] {
    const random = this.#random;
    const ends = random.shuffled([...this.#names, GATEWAY]);
    const [one = "", other = ""] = ends;
    const half = random.between(1, ends.length - 1);
    const both = (a: string, b: string): (readonly [string, string])[] => [
      [a, b],
      [b, a],
    ];
    switch (random.pick(["way", "pair", "end", "halves", "halves"] as const)) {
      case "way":
        return [[one, other]];
      case "pair":
        return both(one, other);
      case "end":
        return ends.slice(1).map((end): readonly [string, string] => (half % 2 === 0 ? [one, end] : [end, one]));
      case "halves":
        return ends.slice(0, half).flatMap((a) => ends.slice(half).flatMap((b) => both(a, b)));
    }
  }

  #order(): Untimed<Order> {
    const random = this.#random;
    const node = this.#agent();
    const forMicros = this.#while();
    switch (random.pick(["restart", "reload", "reload", "drain", "maintain", "hand-over", "forge"] as const)) {
      case "restart":
        return { kind: "restart", node: this.#node(), forMicros: forMicros + SECOND };
      case "reload":
        return { kind: "reload", node, change: this.#change() };
      case "drain":
        return { kind: "drain", node, forMicros };
      case "maintain":
        return { kind: "maintain", node, forMicros: forMicros + SECOND };
      case "hand-over":
        return { kind: "hand-over", node, to: random.chance(0.3) ? this.#agent() : undefined };
      case "forge":
        return { kind: "forge", node, forgery: random.pick(FORGERIES) };
    }
  }

  #change(): Change {
    const random = this.#random;
    switch (random.pick(["nothing", "rank", "preempt", "refresh", "lease"] as const)) {
      case "nothing":
        return { what: "nothing" };
      case "rank":
        return { what: "rank", by: random.pick([-120, -30, 30, 120]) };
      case "preempt":
        return { what: "preempt", preempt: random.chance(0.5) };
      case "refresh":
        return { what: "refresh", seconds: random.between(1, 15) };
      case "lease":
        return { what: "lease", seconds: random.between(2, 30) };
    }
  }
}

const FAULT_KINDS: readonly Fault["kind"][] = [
  "cut",
  "weather",
  "unplug",
  "stall",
  "pause",
  "kill",
  "crash",
  "flap",
  "strip",
  "refuse",
  "set-clock",
  "ail",
];

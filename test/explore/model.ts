/**
 * A group as it is explored: the machines, what is under way between them, and every next thing that could happen. Time
 * is the order of deadlines: it passes only to the next one, and whatever is under way may arrive before it or after.
 */
import type { Output } from "../../agent/election/election.ts";
import { addressOf, type Happening, later, type Protocol, type Stepped } from "./machines.ts";

export interface Node<State> {
  /** Undefined: its process is dead. */
  readonly state: State | undefined;
  /** Stands still: nothing reaches it, and its time passes. */
  readonly isFrozen: boolean;
  /** Whether the addresses are on its kernel. */
  readonly holds: boolean;
}

export interface UnderWay<Message> {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
}

export interface Group<State, Message> {
  readonly nodes: readonly Node<State>[];
  readonly underWay: readonly UnderWay<Message>[];
}

/** One thing that happens, and what came of it. */
export interface Move<State, Message> {
  readonly words: string;
  readonly after: Group<State, Message>;
  /** What is wrong with it. */
  readonly wrong: string | undefined;
}

/** More are never under way at once; time waits until some have arrived or are lost. */
const MOST_UNDER_WAY = 3;
const FROZEN_MICROS = 5_000_000;

export class Model<State extends object, Message> {
  readonly #protocol: Protocol<State, Message>;
  readonly #size: number;

  constructor(protocol: Protocol<State, Message>, size: number) {
    this.#protocol = protocol;
    this.#size = size;
  }

  /** All of them just started. */
  initial(): Group<State, Message> {
    const nodes = Array.from({ length: this.#size }, (_, index): Node<State> => {
      const { state } = this.#protocol.happen(this.#protocol.create(index), { kind: "startup" });
      return { state: later(state, 0), isFrozen: false, holds: false };
    });
    return { nodes, underWay: [] };
  }

  moves(group: Group<State, Message>): Move<State, Message>[] {
    const { nodes, underWay } = group;
    return [
      ...underWay.flatMap((one, index) => [...this.#deliver(group, index), this.#lose(group, index, one)]),
      ...(underWay.length <= MOST_UNDER_WAY ? [this.pass(group)] : []),
      ...nodes.flatMap((node, index) => this.#mishaps(group, node, index)),
    ];
  }

  /** Time goes on to the next deadline of those who run; all that is due then is done. */
  pass(group: Group<State, Message>): Move<State, Message> {
    const micros = this.untilNextMicros(group);
    const nodes = group.nodes.map((node) =>
      node.state === undefined ? node : { ...node, state: later(node.state, micros) },
    );
    let after: Group<State, Message> = { ...group, nodes };
    let wrong: string | undefined;
    for (const [index, { state, isFrozen }] of nodes.entries()) {
      if (state === undefined || isFrozen || (this.#protocol.deadline(state) ?? 1) > 0) continue;
      const move = this.#happen(after, index, { kind: "tick" }, "");
      after = move.after;
      wrong ??= move.wrong;
    }
    return { words: `${(micros / 1e6).toFixed(3)} s pass`, after, wrong };
  }

  untilNextMicros({ nodes }: Group<State, Message>): number {
    const deadlines = nodes.flatMap(({ state, isFrozen }) => {
      const deadline = state === undefined || isFrozen ? undefined : this.#protocol.deadline(state);
      return deadline === undefined ? [] : [deadline];
    });
    return Math.max(0, Math.min(FROZEN_MICROS, ...deadlines));
  }

  /** Whoever stands still goes on, who is dead starts again, who was stopped or unplugged takes part again. */
  mended(group: Group<State, Message>): Group<State, Message> {
    return group.nodes.reduce<Group<State, Message>>((mended, { state, isFrozen }, index) => {
      if (state === undefined) return this.#start(mended, index).after;
      const awake = isFrozen ? this.#thaw(mended, index).after : mended;
      const plugged = this.#happen(awake, index, { kind: "link-up" }, "").after;
      return this.#happen(plugged, index, { kind: "startup" }, "").after;
    }, group);
  }

  /** What is under way arrives, in order, and what is said to that. */
  arrived(group: Group<State, Message>): Move<State, Message> {
    let after = group;
    let wrong: string | undefined;
    for (let count = 0; after.underWay.length > 0 && count < 200; count++) {
      const [move] = this.#deliver(after, 0);
      if (move === undefined) break;
      after = move.after;
      wrong ??= move.wrong;
    }
    return { words: "all arrive", after, wrong };
  }

  masters({ nodes }: Group<State, Message>): number[] {
    return nodes.flatMap(({ state }, index) =>
      state !== undefined && this.#protocol.role(state) === "master" ? [index] : [],
    );
  }

  #deliver(group: Group<State, Message>, index: number): Move<State, Message>[] {
    const one = group.underWay[index];
    const node = one === undefined ? undefined : group.nodes[one.to];
    if (one === undefined || node === undefined || node.isFrozen) return [];
    const rest = { ...group, underWay: group.underWay.filter((_, other) => other !== index) };
    const words = `${one.to + 1} hears ${one.from + 1}${this.#protocol.isFarewell(one.message) ? "'s farewell" : ""}`;
    if (node.state === undefined) return [{ words, after: rest, wrong: undefined }];
    const stepped = this.#protocol.hear(node.state, addressOf(one.from), one.message);
    return [this.#became(rest, one.to, node, stepped, words)];
  }

  #lose(group: Group<State, Message>, index: number, { from, to }: UnderWay<Message>): Move<State, Message> {
    const underWay = group.underWay.filter((_, other) => other !== index);
    return { words: `what ${from + 1} told ${to + 1} is lost`, after: { ...group, underWay }, wrong: undefined };
  }

  #mishaps(group: Group<State, Message>, node: Node<State>, index: number): Move<State, Message>[] {
    if (node.state === undefined) return [this.#start(group, index)];
    if (node.isFrozen) return [this.#thaw(group, index)];
    const role = this.#protocol.role(node.state);
    const dead: Node<State> = { ...node, state: undefined };
    const word = (event: Happening): Move<State, Message> =>
      this.#happen(group, index, event, `${index + 1}: ${event.kind}`);
    return [
      { words: `${index + 1} is killed`, after: replace(group, index, dead), wrong: undefined },
      { words: `${index + 1} freezes`, after: replace(group, index, { ...node, isFrozen: true }), wrong: undefined },
      ...(role === "master"
        ? [word({ kind: "hand-over" }), word({ kind: "shutdown" }), word({ kind: "link-down" })]
        : []),
      ...(role === "backup" ? [word({ kind: "succeed" }), ...this.#bereavements(group, index)] : []),
      ...(role === "initialize" ? [word({ kind: "startup" }), word({ kind: "link-up" })] : []),
    ];
  }

  /** The peer link says that another one is lost, which is true or not. */
  #bereavements(group: Group<State, Message>, index: number): Move<State, Message>[] {
    return group.nodes.flatMap((_, other) => {
      if (other === index) return [];
      return [
        this.#happen(group, index, { kind: "peer-lost", from: addressOf(other) }, `${index + 1}: ${other + 1} is lost`),
      ];
    });
  }

  #start(group: Group<State, Message>, index: number): Move<State, Message> {
    const node = group.nodes[index];
    const resume = node?.holds ?? false;
    const fresh: Node<State> = { state: this.#protocol.create(index), isFrozen: false, holds: resume };
    return this.#happen(replace(group, index, fresh), index, { kind: "startup", resume }, `${index + 1} starts`);
  }

  #thaw(group: Group<State, Message>, index: number): Move<State, Message> {
    const node = group.nodes[index];
    if (node === undefined) throw new RangeError(`there is no node ${index}`);
    const awake = replace(group, index, { ...node, isFrozen: false });
    return { words: `${index + 1} goes on`, after: awake, wrong: undefined };
  }

  #happen(group: Group<State, Message>, index: number, event: Happening, words: string): Move<State, Message> {
    const node = group.nodes[index];
    if (node?.state === undefined) return { words, after: group, wrong: undefined };
    return this.#became(group, index, node, this.#protocol.happen(node.state, event), words);
  }

  /** Carries out what a machine asks for, and judges it. */
  #became(
    group: Group<State, Message>,
    index: number,
    before: Node<State>,
    { state, outputs }: Stepped<State, Message>,
    words: string,
  ): Move<State, Message> {
    const holds = outputs.reduce(
      (held, { kind }) => (kind === "acquire" ? true : kind === "release" ? false : held),
      before.holds,
    );
    const told = outputs.flatMap((output) => {
      if (output.kind !== "send" && output.kind !== "solicit") return [];
      const isFor = (to: number): boolean => output.kind === "send" || output.to === addressOf(to);
      const message = output.advertisement;
      return group.nodes.flatMap((_, to) => (to === index || !isFor(to) ? [] : [{ from: index, to, message }]));
    });
    const after = replace(group, index, { state: later(state, 0), isFrozen: false, holds });
    return {
      words,
      after: { ...after, underWay: [...after.underWay, ...told] },
      wrong: this.#judge(index, state, outputs, holds),
    };
  }

  /** S1 and S3, of one step. */
  #judge(index: number, state: State, outputs: readonly Output<Message>[], holds: boolean): string | undefined {
    const role = this.#protocol.role(state);
    if (holds && (role === "backup" || role === "initialize"))
      return `S1: ${index + 1} is ${role} and has the addresses`;
    if (!holds && role === "master") return `S1: ${index + 1} is master without the addresses`;
    const became = outputs.some((output) => output.kind === "transition" && output.to === "master");
    const isTold = outputs.some(({ kind }) => kind === "acquire") && outputs.some(({ kind }) => kind === "send");
    return became && !isTold ? `S3: ${index + 1} became master and told nobody` : undefined;
  }
}

function replace<State, Message>(
  group: Group<State, Message>,
  index: number,
  node: Node<State>,
): Group<State, Message> {
  return { ...group, nodes: group.nodes.map((other, place) => (place === index ? node : other)) };
}

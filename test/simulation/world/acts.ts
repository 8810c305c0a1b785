/** What may befall a group: each act stands for itself, with its own end, so that any of a plan can be left out. */
import type { Ailment } from "../network/cloud.ts";
import type { Weather } from "../network/reach.ts";

/** What a reload changes. */
export type Change =
  | { readonly what: "nothing" }
  | { readonly what: "rank"; readonly by: number }
  | { readonly what: "preempt"; readonly preempt: boolean }
  | { readonly what: "refresh"; readonly seconds: number }
  | { readonly what: "lease"; readonly seconds: number };

/** What is wrong with an advertisement that nobody of the group sent. */
export type Forgery = "other-id" | "far-away" | "stranger" | "flipped" | "cut-short" | "replayed";
export const FORGERIES: readonly Forgery[] = ["other-id", "far-away", "stranger", "flipped", "cut-short", "replayed"];

interface Lasting {
  readonly forMicros: number;
}

/** What goes wrong. */
export type Fault =
  /** Ways of one network on which nothing passes; `network` 0 is the segment, 1 the public one. */
  | ({ readonly kind: "cut"; readonly network: 0 | 1; readonly ways: readonly (readonly [string, string])[] } & Lasting)
  | ({ readonly kind: "weather"; readonly network: 0 | 1; readonly weather: Weather } & Lasting)
  | ({ readonly kind: "unplug"; readonly node: string } & Lasting)
  | ({ readonly kind: "stall"; readonly node: string } & Lasting)
  | ({ readonly kind: "pause"; readonly node: string; readonly clockStands: boolean } & Lasting)
  | { readonly kind: "kill"; readonly node: string }
  | ({ readonly kind: "crash"; readonly node: string } & Lasting)
  /** Looks of the check, in turn, then two good ones. */
  | { readonly kind: "flap"; readonly node: string; readonly looks: readonly boolean[]; readonly everyMicros: number }
  /** Somebody takes the shared addresses off. */
  | { readonly kind: "strip"; readonly node: string }
  | ({ readonly kind: "refuse"; readonly node: string; readonly operation: "add" | "send" | "transmit" } & Lasting)
  /** The wall clock is wrong for a while. */
  | ({ readonly kind: "set-clock"; readonly node: string; readonly byMs: number } & Lasting)
  | ({ readonly kind: "ail"; readonly ailment: Ailment } & Lasting);

/** What operators do, or whoever is on the segment: none of it may cost anything. */
export type Order =
  | ({ readonly kind: "restart"; readonly node: string } & Lasting)
  | { readonly kind: "reload"; readonly node: string; readonly change: Change }
  | ({ readonly kind: "drain"; readonly node: string } & Lasting)
  | ({ readonly kind: "maintain"; readonly node: string } & Lasting)
  | { readonly kind: "hand-over"; readonly node: string; readonly to: string | undefined }
  | { readonly kind: "forge"; readonly node: string; readonly forgery: Forgery }
  /** A stranger ends every connection of the peer link between two nodes, and refuses new ones, in their names. */
  | ({ readonly kind: "reset"; readonly node: string; readonly other: string } & Lasting);

export type Act = { readonly atMicros: number } & (Fault | Order);

export interface Plan {
  readonly acts: readonly Act[];
  readonly endMicros: number;
}

/** One line of a trace or a plan. */
export function actInWords(act: Act): string {
  const rest = Object.entries(act).filter(([key]) => key !== "atMicros" && key !== "kind");
  const words = rest.map(([key, value]: [string, unknown]) => {
    const text = key === "forMicros" ? `${(Number(value) / 1e6).toFixed(3)}s` : JSON.stringify(value);
    return `${key === "forMicros" ? "for" : key} ${text}`;
  });
  return [act.kind, ...words].join(" ");
}

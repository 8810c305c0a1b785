/** What peers say to each other: one JSON object a message, decoded totally. */
import * as z from "zod";
import { wholeNumber } from "../../config/fields/fields.ts";
import { type Decoded, decoded, fault } from "../../protocol/packet/decoded.ts";
import type { RouterView } from "./view.ts";

/** Of these messages. Peers of different versions do not talk; the protocols alone decide between them. */
export const LINK_VERSION = 1;

/** Who is speaking; the first message of either side. */
export interface Hello {
  readonly kind: "hello";
  readonly version: number;
  readonly node: string;
  /** Random, one a process: another one means that the process before it is gone. */
  readonly instance: string;
  /** Which of the peer's addresses was dialled, 0..3, by their order in the configuration; null from who was dialled. */
  readonly path: number | null;
}

/** How the speaker is; the second message, and again whenever something changed. */
export interface State {
  readonly kind: "state";
  /** Grows with every change; on several paths the greatest counts. */
  readonly revision: number;
  /** Time between this speaker's heartbeats. */
  readonly heartbeatMicros: number;
  /** Whether the thread of its protocols answers. */
  readonly protocolAlive: boolean;
  /** The speaker's machine, as its cloud knows it; absent: nobody needs to know. */
  readonly instanceId?: string | undefined;
  /** Whether an operator has the speaker in maintenance; absent: no. */
  readonly inMaintenance?: boolean | undefined;
  readonly routers: readonly RouterView[];
}

/** Says nothing but that the speaker runs. */
export interface Heartbeat {
  readonly kind: "heartbeat";
  /** The speaker's clock, of no meaning to others. */
  readonly sentMicros: number;
  /** The `sentMicros` heard last from the listener, and how long ago that was: the round trip without the wait. */
  readonly echo: { readonly sentMicros: number; readonly heldMicros: number } | null;
}

/** What is said once both sides are introduced. Of offers, `number` grows with each one, since it comes on every path. */
export type Remark =
  | State
  | Heartbeat
  /** The speaker resigned, and the listener is to be the next master. */
  | { readonly kind: "offer"; readonly number: number; readonly virtualRouter: string }
  | { readonly kind: "accepted"; readonly virtualRouter: string };

/** The last thing said on a connection. */
export type Farewell =
  /** The speaker leaves the link in good order. */
  | { readonly kind: "goodbye"; readonly reason: string }
  /** Only this connection ends; the speaker goes on. */
  | { readonly kind: "close"; readonly reason: string };

export type Message = Hello | Remark | Farewell;

/** `not-json`: no JSON text. `malformed`: no message of this version. */
export type MessageFault = "not-json" | "malformed";

const text = z.string().min(1).max(64);
const virtualRouterName = z.string().min(1).max(64);
const count = z.int().nonnegative();

/** VRRP's greatest priority, and CARP's worst claim: 255 of demotion above the slowest period (participant/participant.ts). */
const BEST_PREFERENCE = 255;
const WORST_PREFERENCE = -(256 * 65_536);

const router: z.ZodType<RouterView> = z.object({
  name: virtualRouterName,
  protocol: z.enum(["vrrp", "carp"]),
  virtualRouterId: wholeNumber("a virtual router id", { min: 1, max: 255 }),
  sourceAddress: z.union([z.ipv4(), z.ipv6()]),
  role: z.enum(["initialize", "backup", "master", "resigning", "resuming"]),
  preference: z.int().min(WORST_PREFERENCE).max(BEST_PREFERENCE),
  digest: z.string().max(128),
});

const message: z.ZodType<Message> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("hello"),
    version: count,
    node: text,
    instance: text,
    path: z.int().min(0).max(3).nullable(),
  }),
  z.object({
    kind: z.literal("state"),
    revision: count,
    heartbeatMicros: z.int().min(10_000).max(10_000_000),
    protocolAlive: z.boolean(),
    instanceId: text.optional(),
    inMaintenance: z.boolean().optional(),
    routers: z.array(router).max(255),
  }),
  z.object({
    kind: z.literal("heartbeat"),
    sentMicros: count,
    echo: z.object({ sentMicros: count, heldMicros: count }).nullable(),
  }),
  z.object({ kind: z.literal("offer"), number: count, virtualRouter: virtualRouterName }),
  z.object({ kind: z.literal("accepted"), virtualRouter: virtualRouterName }),
  z.object({ kind: z.literal("goodbye"), reason: text }),
  z.object({ kind: z.literal("close"), reason: text }),
]);

export function encodeMessage(value: Message): string {
  return JSON.stringify(value);
}

/** Keys that are not known are left out, so a later agent of the same version may say more. */
export function decodeMessage(written: string): Decoded<Message, MessageFault> {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    return fault("not-json");
  }
  const parsed = message.safeParse(value);
  return parsed.success ? decoded(parsed.data) : fault("malformed");
}

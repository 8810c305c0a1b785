/** What an operator orders over the control socket, and how it is read. */
import * as z from "zod";
import { expected } from "../config/fields/expected.ts";
import { label, wholeNumber } from "../config/fields/fields.ts";

/** Gives roles to another node; this one stays ready and preempts nobody. */
export interface HandoverOrder {
  /** Name of the virtual router; absent: all that this node is master of. */
  readonly virtualRouter?: string | undefined;
  /** Name of the node that is to be master; absent: the best of them. */
  readonly to?: string | undefined;
}

/** What is being handed over. Who takes it the status tells, a moment later. */
export interface HandoverResult {
  readonly handedOver: readonly string[];
  readonly to: string | null;
}

/** What an operator says of the whole node. */
export type OperatorOrder =
  /** Takes it out of service until `undrain`. */
  | { readonly kind: "drain" }
  /** Puts it back, and ends what handovers began: it may preempt again. */
  | { readonly kind: "undrain" }
  /** Takes it out of service for a while. */
  | { readonly kind: "maintenance"; readonly forSeconds: number }
  | { readonly kind: "end-maintenance" };
/** A maintenance without an end in sight is a drain. */
export const MAINTENANCE_SECONDS = { min: 1, max: 30 * 24 * 3600 } as const;

/** Why a request was not carried out, a line each. */
export interface Refusal {
  readonly problems: readonly string[];
}

const handoverOrder: z.ZodType<HandoverOrder> = z.strictObject(
  {
    virtualRouter: label("the name of a virtual router", "1 to 64 characters, such as web").optional(),
    to: label("the name of a node", "1 to 64 characters, such as edge-2").optional(),
  },
  expected("a handover", '{ "virtualRouter": "web", "to": "edge-2" }'),
);

const operatorOrder: z.ZodType<OperatorOrder> = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("drain") }),
    z.strictObject({ kind: z.literal("undrain") }),
    z.strictObject({
      kind: z.literal("maintenance"),
      forSeconds: wholeNumber("a number of seconds", MAINTENANCE_SECONDS),
    }),
    z.strictObject({ kind: z.literal("end-maintenance") }),
  ],
  expected("an order", 'one such as { "kind": "drain" }'),
);

export function readHandoverOrder(text: string): HandoverOrder | Refusal {
  return read(handoverOrder, text);
}

export function readOperatorOrder(text: string): OperatorOrder | Refusal {
  return read(operatorOrder, text);
}

function read<Order>(schema: z.ZodType<Order>, text: string): Order | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: ["this is not JSON"] };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  return {
    problems: parsed.error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": ")),
  };
}

/** Reads what is ordered over the control socket. */
import * as z from "zod";
import { expected } from "../config/expected.ts";
import { label, wholeNumber } from "../config/fields.ts";
import { type HandoverOrder, MAINTENANCE_SECONDS, type OperatorOrder, type Refusal } from "./protocol.ts";

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

/** The stack's outputs as a drill reads them: the same documented interface other stacks use. */
import { z } from "zod";

export const stackOutputs = z.object({
  vips: z.record(
    z.string(),
    z.object({
      address: z.string(),
      publicAddress: z.string().optional(),
      virtualRouterId: z.int(),
      protocol: z.string(),
      masterToBe: z.string(),
      nodes: z.array(z.object({ name: z.string(), address: z.string(), priority: z.int() })),
    }),
  ),
  nodes: z.record(z.string(), z.object({ id: z.string(), address: z.string(), publicAddress: z.string().optional() })),
  agent: z.object({ version: z.string(), sha256: z.string() }),
});

export type StackOutputs = z.infer<typeof stackOutputs>;

/** What the lab's daemon offers on its control socket: the words shared by its server and its client. */
import { z } from "zod";
import { cloudKinds } from "../settings/settings.ts";

/** A fault of a server's cables; see PortCondition in lab/host/region.ts. */
export const linkConditions = ["up", "carrier-down", "blackhole"] as const;

export const runRequest = z.strictObject({
  argv: z.array(z.string()).min(1),
  timeoutMs: z.int().positive().max(600_000).default(30_000),
});

/** Which of a server's cables: those on the external network, those on private ones. */
export const linkSides = ["external", "private"] as const;

export const linkRequest = z.strictObject({
  condition: z.enum(linkConditions),
  side: z.enum(linkSides).exactOptional(),
});

export const commandResult = z.strictObject({ status: z.int(), stdout: z.string(), stderr: z.string() });

export const serverStatus = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** Nova's word: ACTIVE, SHUTOFF, BUILD, ERROR. */
  status: z.string(),
  addresses: z.array(z.string()),
});

export const labStatus = z.strictObject({
  name: z.string(),
  cloud: z.enum(cloudKinds),
  pid: z.int(),
  startedAt: z.string(),
  authUrl: z.string(),
  bastion: z.string(),
  /** Name of the client host's network namespace. */
  clientNamespace: z.string(),
  servers: z.array(serverStatus),
  networks: z.array(z.strictObject({ id: z.string(), name: z.string(), external: z.boolean() })),
  floatingIps: z.array(z.strictObject({ address: z.string(), fixedAddress: z.string().nullable() })),
});

export type LinkSide = (typeof linkSides)[number];

export type LinkCondition = (typeof linkConditions)[number];
export type CommandOutcome = z.infer<typeof commandResult>;

export type ServerStatus = z.infer<typeof serverStatus>;
export type LabStatus = z.infer<typeof labStatus>;

/** What one can do to a running lab; servers are named by id or name. */
export interface LabControl {
  status(): Promise<LabStatus>;
  /** Pulls a server's plug. */
  powerCut(server: string): Promise<void>;
  /** Powers a server on again, as an operator would through Nova. */
  start(server: string): Promise<void>;
  /** Runs a command as root on the server's console. */
  run(server: string, argv: readonly string[], options?: { readonly timeoutMs?: number }): Promise<CommandOutcome>;
  /** Puts a fault on the cables of a server, or takes it off: on all, or on one side. */
  setLink(server: string, condition: LinkCondition, side?: LinkSide): Promise<void>;
}

// How to reach a machine by SSH: the inputs of @pulumi/command's Connection and ProxyConnection, with their defaults.
import { z } from "zod";
import { mapInside, type WireObject, type WireValue } from "../wireValues.ts";

const endpoint = z.object({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(22),
  user: z.string().min(1).default("root"),
  password: z.string().optional(),
  privateKey: z.string().optional(),
  privateKeyPassword: z.string().optional(),
  /** A socket of ssh-agent(1); $SSH_AUTH_SOCK when left out. */
  agentSocketPath: z.string().optional(),
  /** A line of authorized_keys(5) form; the host's key is not checked when left out, as the official plugin does. */
  hostKey: z.string().optional(),
  /** Failed dials that are put up with: 10 means 11 dials. -1 is without end. */
  dialErrorLimit: z.number().int().min(-1).default(10),
  /** Seconds for one dial; 0 is without end. */
  perDialTimeout: z.number().min(0).default(15),
});

/** A machine to reach, through a bastion where `proxy` is given. */
export const connectionInputs = endpoint.extend({ proxy: endpoint.optional() });

export type Endpoint = z.infer<typeof endpoint>;

export type Connection = z.infer<typeof connectionInputs>;

/** What the official plugin adds to a connection before it goes into the state. */
const DEFAULTS = { dialErrorLimit: 10, perDialTimeout: 15, port: 22, user: "root" } as const;

/** Inputs with the defaults written into `connection` and its `proxy`. */
export function withConnectionDefaults(inputs: WireObject): WireObject {
  const connection = inputs["connection"];
  return connection === undefined ? inputs : { ...inputs, connection: mapInside(connection, addDefaults) };
}

function addDefaults(value: WireValue): WireValue {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const given = value as WireObject;
  const proxy = given["proxy"];
  return { ...DEFAULTS, ...given, ...(proxy === undefined ? {} : { proxy: mapInside(proxy, addDefaults) }) };
}

/** `debian@203.0.113.10:22`, for messages. */
export function nameOf({ user, host, port }: Endpoint): string {
  return `${user}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}

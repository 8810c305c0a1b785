/** The kinds of value a stack's configuration is made of, each with what to do when one is wrong. */
import { z } from "zod";
import { formatDuration, parseDuration } from "../../agent/config/fields/duration.ts";
import { canonicalCidr, parseCidr, parseIpv4, specialRange } from "../values/ipv4.ts";

/** What is known about a key beside its type. */
export interface FieldNote {
  /** What to do when the value is wrong or missing, an imperative with an example; `PATH` in it is the key's own path. */
  readonly remedy: string;
  /** The value must not be shown, not even when it is wrong. */
  readonly secret?: true;
}

/** Notes of the schema's fields; `explain` reads them. */
export const fieldNotes = z.registry<FieldNote>();

/** Puts a remedy beside a schema. */
export function noted<Schema extends z.ZodType>(schema: Schema, remedy: string): Schema {
  fieldNotes.add(schema, { remedy });
  return schema;
}

/** Puts a remedy beside a schema whose values must never be shown. */
export function secret<Schema extends z.ZodType>(schema: Schema, remedy: string): Schema {
  fieldNotes.add(schema, { remedy, secret: true });
  return schema;
}

/** Text that is nobody's business. */
export function secretText(remedy: string): z.ZodString {
  return secret(z.string().min(1), remedy);
}

/** Any text but the empty one. */
export function text(remedy: string): z.ZodString {
  return noted(z.string().min(1), remedy);
}

/** A map from names to entries of one kind, at least one. */
export function named<Entry extends z.ZodType>(entry: Entry, remedy: string): z.ZodRecord<z.ZodString, Entry> {
  const record = z.record(z.string(), entry);
  return noted(
    record.refine((map) => Object.keys(map).length > 0, { error: "is empty" }),
    remedy,
  );
}

/** Limits of a duration in microseconds, and what it must be a multiple of. */
export interface DurationRange {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** A duration such as `1s`, in microseconds. */
export function durationWithin(range: DurationRange, remedy: string): z.ZodType<number, string> {
  return noted(
    z.string().transform((value, context) => {
      const micros = parseDuration(value);
      const why = whyNoDuration(range, micros);
      if (why !== undefined) context.addIssue({ code: "custom", message: why });
      return micros ?? z.NEVER;
    }),
    remedy,
  );
}

function whyNoDuration({ min, max, step }: DurationRange, micros: number | undefined): string | undefined {
  if (micros === undefined) return "is not a number and a unit";
  if (micros < min || micros > max) {
    return `is outside ${formatDuration(min)} to ${formatDuration(max)}, what the protocol can say`;
  }
  if (micros % step !== 0) return `is not in steps of ${formatDuration(step)}, in which the protocol counts`;
  return undefined;
}

/** RFC 1123 label, lower case: what is left of a host name when DNS, cloud and kernel have agreed. */
export const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** An IPv4 address that a host can have, as its number. */
export function ipv4(remedy: string): z.ZodType<number, string> {
  return noted(
    z.string().transform((value, context) => {
      const address = parseIpv4(value);
      const special = address === undefined ? undefined : specialRange(address);
      if (address !== undefined && special?.isHost !== false) return address;
      const why = value.includes("/") ? "is a range, not one address" : "is not an IPv4 address";
      const message = special === undefined ? why : `is ${special.what}, which no host can have`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }),
    remedy,
  );
}

/** An IPv4 network of hosts in the one notation a cloud echoes; any other would show as a change in every preview. */
export function cidr(remedy: string): z.ZodType<string, string> {
  return noted(
    z.string().superRefine((value, context) => {
      const network = parseCidr(value);
      if (network === undefined) {
        context.addIssue({ code: "custom", message: "is not an IPv4 network in CIDR notation" });
      } else if (canonicalCidr(network) !== value) {
        context.addIssue({
          code: "custom",
          message: `has bits set behind its prefix: the network is ${canonicalCidr(network)}`,
        });
      } else {
        const special = specialRange(network.first, network.last);
        // Link-local addresses stay on their link: nobody comes from there, and no subnet is made of them.
        if (special === undefined || (special.isHost && !special.cidr.startsWith("169.254."))) return;
        context.addIssue({ code: "custom", message: `is ${special.what}: no packet comes from there` });
      }
    }),
    remedy,
  );
}

/** RFC 9568 5.2.4, without its two ends: nobody is configured to resign, and the VIP's own port owns the address. */
export const NODE_PRIORITY = { min: 1, max: 254 } as const;

/** A node's priority in an election, 1..254. */
export function priority(): z.ZodType<number, number> {
  return noted(
    z.int().superRefine((value, context) => {
      const why = whyNoPriority(value);
      if (why !== undefined) context.addIssue({ code: "custom", message: why });
    }),
    `write a whole number from ${NODE_PRIORITY.min} to ${NODE_PRIORITY.max}; the highest of a VIP's nodes is its master`,
  );
}

function whyNoPriority(value: number): string | undefined {
  if (value === 0) return "is what a master sends to resign, so nobody can be configured with it";
  if (value === 255) {
    return "is the priority of the address's owner; here the VIP's own port owns the address, no node does";
  }
  if (value < NODE_PRIORITY.min) return "is below 1";
  if (value > NODE_PRIORITY.max) return "does not fit the one byte that VRRP has for it";
  return undefined;
}

/** An inclusive range of TCP or UDP ports. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** One port as a number, or several as text: `80`, `"8000-8010"`. */
export function ports(): z.ZodType<PortRange> {
  return noted(
    z.unknown().transform((value, context): PortRange => {
      const range = parsePorts(value);
      if (range !== undefined) return range;
      context.addIssue({ code: "custom", message: "is no port or range of ports from 1 to 65535" });
      return z.NEVER;
    }),
    'write a port such as 80, or a range such as "8000-8010"',
  );
}

function parsePorts(value: unknown): PortRange | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(value)) ?? [];
  const range = { min: Number(first), max: Number(last) };
  return range.min >= 1 && range.min <= range.max && range.max <= 65_535 ? range : undefined;
}

/** A program and its arguments, run without a shell: its path alone, or a list that begins with it. */
export function program(remedy: string): z.ZodType<string[]> {
  return noted(
    z.unknown().transform((value, context): string[] => {
      const parts: unknown = typeof value === "string" ? [value] : value;
      const why = whyNoProgram(parts);
      if (why === undefined) return parts as string[];
      context.addIssue({ code: "custom", message: why });
      return z.NEVER;
    }),
    remedy,
  );
}

function whyNoProgram(parts: unknown): string | undefined {
  if (!Array.isArray(parts) || parts.length === 0 || parts.some((part) => typeof part !== "string")) {
    return "is neither a path nor a list of texts";
  }
  const [path = ""] = parts as readonly string[];
  if (!path.startsWith("/")) return "does not begin with an absolute path: no shell looks for the program";
  if (parts.length === 1 && /\s/.test(path)) return "is one text with blanks: no shell takes it apart";
  return undefined;
}

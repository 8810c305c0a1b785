/** One check of the document: what is looked at, how often, and how many results in a row change its verdict. */
import * as z from "zod";
import { hostAddress } from "../fields/address.ts";
import { byKey } from "../fields/byKey.ts";
import { durationWithin } from "../fields/duration.ts";
import { expected } from "../fields/expected.ts";
import { command, flag, interfaceName, label, wholeNumber } from "../fields/fields.ts";

const EVERY_MICROS = { min: 100_000, max: 3_600_000_000 } as const;
const TIMEOUT_MICROS = { min: 10_000, max: 600_000_000 } as const;
const DEBOUNCE_MICROS = { min: 0, max: 60_000_000 } as const;
const LONGEST_DEFAULT_TIMEOUT_MICROS = 5_000_000;

/** How often something is looked at, as in `every: 10s`. */
export const every = durationWithin("an interval of a check", EVERY_MICROS, "10s");
/** How long one look may take. */
export const timeout = durationWithin("a timeout of a check", TIMEOUT_MICROS, "2s");

/** What one look may take where the document does not say: half of the interval, at most 5 s. */
export function defaultTimeoutMicros(everyMicros: number): number {
  return Math.min(everyMicros / 2, LONGEST_DEFAULT_TIMEOUT_MICROS);
}

const verdict = {
  /** Successes in a row that make a failed check good. */
  rise: wholeNumber("a number of successes", { min: 1, max: 100 }).default(2),
  /** Failures in a row that make a good check failed. */
  fall: wholeNumber("a number of failures", { min: 1, max: 100 }).default(2),
  /** What counts until the first verdict. */
  initially: z.enum(["good", "failed"], expected("a start state", '"good" or "failed"')).default("good"),
};

const polled = {
  ...verdict,
  every: every.default(10_000_000),
  /** Less than `every`. Default: see defaultTimeoutMicros. */
  timeout: timeout.optional(),
};

const event = {
  /** What counts until the kernel was asked, which is at once. */
  initially: verdict.initially,
  /** How long a change must last to count. */
  debounce: durationWithin("a debounce", DEBOUNCE_MICROS, "500ms").default(0),
};

const port = wholeNumber("a port", { min: 1, max: 65_535 });
const link = interfaceName("ens4");
const status = wholeNumber("an HTTP status", { min: 100, max: 599 });

/** By the word that tells what is looked at. */
const kinds = {
  /** The interface is up and has a carrier; by the kernel's event. */
  link: z.strictObject({ link, ...event }),
  /** The address is on this machine, on the given interface or any; by the kernel's event. */
  address: z.strictObject({
    address: hostAddress("an address of this machine"),
    interface: link.optional(),
    ...event,
  }),
  /** There is a default route of the family, over the given interface or any; by the kernel's event. */
  defaultRoute: z.strictObject({
    defaultRoute: z.literal([4, 6], expected("an IP version", "4 or 6")),
    interface: link.optional(),
    ...event,
  }),
  /** The host answers an ICMP echo request. */
  ping: z.strictObject({ ping: hostAddress("an address to ping"), interface: link.optional(), ...polled }),
  /** The port takes a connection. */
  tcp: z.strictObject({
    tcp: z.strictObject({ host: hostName(), port }, expected("a port to reach", '{ "host": "127.0.0.1", "port": 80 }')),
    ...polled,
  }),
  /** The URL answers with a good status: 200 to 299, or the given ones. Redirects are answers, and are not followed. */
  http: z.strictObject({
    http: httpUrl(),
    status: z.array(status, expected("a list of statuses", "one such as [200, 204]")).min(1).max(32).optional(),
    /** Text that must be in the first 64 KiB of the body. */
    contains: z.string().min(1).max(1_024).optional(),
    ...polled,
  }),
  /** The program, run without a shell, ends with 0. */
  command: z.strictObject({ command: command("a command of a check"), ...polled }),
  /** A process whose program has this name, or this path where it begins with a slash, runs. */
  process: z.strictObject({ process: processName(), ...polled }),
  /** The file is there (or is not, with `absent`): a hand on the switch. */
  file: z.strictObject({ file: absolutePath(), absent: flag("a choice of absence").default(false), ...polled }),
};

export const check = byKey(
  kinds,
  expected("a check", "an object with one of link, address, defaultRoute, ping, tcp, http, command, process, file"),
);

export const checks = z
  .record(
    label("the name of a check", "1 to 64 characters, such as uplink"),
    check,
    expected("checks", '{ "uplink": { "ping": "192.0.2.1" } }'),
  )
  .default({});

/** One check of the document, parsed; `kind` is its word. */
export type CheckConfig = z.output<typeof check>;

/** One that looks again and again, rather than being told by the kernel. */
export type PolledCheckConfig = Extract<CheckConfig, { readonly every: number }>;

/** One that is told by the kernel. */
export type EventCheckConfig = Extract<CheckConfig, { readonly debounce: number }>;

function hostName(): z.ZodString {
  const wanted = expected("a host", "a name or an address");
  return z.string(wanted).min(1, wanted).max(253, wanted);
}

function httpUrl(): z.ZodString {
  const wanted = expected("a URL", "one such as http://127.0.0.1/health");
  return z.string(wanted).refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), wanted);
}

function processName(): z.ZodString {
  const wanted = expected("the name of a program", "one such as nginx or /usr/sbin/nginx");
  return z.string(wanted).min(1, wanted).max(4_096, wanted);
}

function absolutePath(): z.ZodString {
  const wanted = expected("a path of a file", "one that begins with /, such as /run/failover/ready");
  return z.string(wanted).startsWith("/", wanted).max(4_096, wanted);
}

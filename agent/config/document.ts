/**
 * The agent's configuration: one JSON document a node, rendered by infra/plan/agentConfig.ts and read by the agent.
 * Both sides import this schema, so what one writes the other accepts.
 */
import * as z from "zod";
import { hostAddress, hostAddressWithPrefix } from "./address.ts";
import { contradictions } from "./contradictions.ts";
import { durationWithin } from "./duration.ts";
import { expected } from "./expected.ts";

/** RFC 9568 5.2.3 */
export const VIRTUAL_ROUTER_ID = { min: 1, max: 255 } as const;
/** RFC 9568 5.2.4: 255 is the address owner, 0 resigns and is never configured. */
export const PRIORITY = { min: 1, max: 255, owner: 255 } as const;
/** RFC 9568 6.1 with erratum 8301: 1..4095 centiseconds. */
export const ADVERTISEMENT_INTERVAL_MICROS = { min: 10_000, max: 40_950_000, step: 10_000 } as const;

/** A whole number of centiseconds, 10ms to 40.95s: what fits the 12 bits of the advertisement. */
export const advertisementInterval = durationWithin("an advertisement interval", ADVERTISEMENT_INTERVAL_MICROS, "1s");

/** A millisecond keeps a burst a burst and not a storm. */
const ANNOUNCEMENT_SPACING_MICROS = { min: 1_000, max: 10_000_000 } as const;
/** Often enough for a cache that missed the burst, and too seldom to be noise. */
const ANNOUNCEMENT_REFRESH_MICROS = { min: 1_000_000, max: 3_600_000_000 } as const;

/** How the addresses are announced to the segment once this node holds them. */
const announcement = z.strictObject(
  {
    /** Gratuitous ARP frames sent on becoming master. */
    burst: wholeNumber("a number of announcements", { min: 1, max: 20 }).default(5),
    /** Time between the frames of a burst. */
    spacing: durationWithin("a time between announcements", ANNOUNCEMENT_SPACING_MICROS, "200ms").default(200_000),
    /** While master, one announcement each so often; heals caches that missed the burst. */
    refresh: durationWithin("a time between refreshes", ANNOUNCEMENT_REFRESH_MICROS, "10s").default(10_000_000),
  },
  expected("a plan of announcements", '{ "burst": 5, "spacing": "200ms", "refresh": "10s" }'),
);

const virtualRouter = z.strictObject(
  {
    /** Name of the VIP in logs, status and metrics; one a node. */
    name: label("the name of a virtual router", "1 to 64 characters, such as web"),
    protocol: z.literal("vrrp", expected("a protocol", '"vrrp"')),
    /** VRID; the same on every member, another for each virtual router of a node and of a segment. */
    virtualRouterId: wholeNumber("a virtual router id", VIRTUAL_ROUTER_ID),
    priority: wholeNumber("a priority", PRIORITY),
    advertisementInterval: advertisementInterval.default(1_000_000),
    preempt: z.boolean(expected("a preempt mode", "true or false")).default(true),
    /** This node's own address on the segment: source of advertisements, tie-breaker; its interface is the one that holds it. */
    sourceAddress: hostAddress("this node's own address on the segment, such as 10.25.0.11"),
    /** Own addresses of the other members; advertisements go to each by unicast and are accepted from these only. */
    peers: listOf(hostAddress("the own address of another member, such as 10.25.0.12"), "a list of members", {
      max: 254,
      remedy: "the own addresses of the 1 to 254 other members",
    }),
    /** The shared addresses, in the order they go on the wire. */
    addresses: listOf(hostAddressWithPrefix("a shared address such as 10.25.0.10/32"), "a list of shared addresses", {
      max: 20,
      remedy: "1 to 20 addresses with their prefix lengths",
    }),
    announcement: announcement.prefault({}),
  },
  expected("a virtual router", "an object with name, protocol, virtualRouterId, priority and so on"),
);

/** The whole document. Unknown keys are refused. */
export const agentConfigSchema = z
  .strictObject(
    {
      version: z.literal(1, expected("a version of this document that the agent knows", "1")),
      /** Name of this node. */
      node: label("the name of a node", "1 to 64 characters, such as edge-1"),
      virtualRouters: listOf(virtualRouter, "a list of virtual routers", { max: 255, remedy: "1 to 255 of them" }),
    },
    expected("a configuration", "an object with version, node and virtualRouters"),
  )
  .check((context) => {
    for (const { path, input, message } of contradictions(context.value.virtualRouters)) {
      context.issues.push({ code: "custom", path: ["virtualRouters", ...path], input, message });
    }
  });

/** The document as written in agent.json: durations are text, defaults may be absent. */
export type AgentConfigInput = z.input<typeof agentConfigSchema>;
/** The document as the agent uses it: durations in microseconds, defaults filled in. */
export type AgentConfig = z.output<typeof agentConfigSchema>;
/** One virtual router of the document, parsed. */
export type VirtualRouterConfig = AgentConfig["virtualRouters"][number];

function wholeNumber(what: string, { min, max }: { readonly min: number; readonly max: number }): z.ZodInt {
  const wanted = expected(what, `a whole number from ${min} to ${max}`);
  return z.int(wanted).min(min, wanted).max(max, wanted);
}

function label(what: string, remedy: string): z.ZodString {
  const wanted = expected(what, remedy);
  return z.string(wanted).min(1, wanted).max(64, wanted);
}

function listOf<Item extends z.ZodType>(
  item: Item,
  what: string,
  { max, remedy }: { readonly max: number; readonly remedy: string },
): z.ZodArray<Item> {
  const wanted = expected(what, remedy);
  return z.array(item, wanted).min(1, wanted).max(max, wanted);
}

/** One virtual router of the document: what VRRP and CARP share, and what each has of its own. */
import * as z from "zod";
import { hostAddress, hostAddressWithPrefix } from "../fields/address.ts";
import { durationWithin } from "../fields/duration.ts";
import { expected } from "../fields/expected.ts";
import { absoluteCommand, flag, interfaceName, label, listOf, wholeNumber } from "../fields/fields.ts";
import { authentication } from "./authentication.ts";
import { publicAddresses } from "./publicAddress.ts";

/** RFC 9568 5.2.3; CARP's vhid. */
export const VIRTUAL_ROUTER_ID = { min: 1, max: 255 } as const;
/** RFC 9568 5.2.4: 255 is the address owner, 0 resigns and is never configured. */
export const PRIORITY = { min: 1, max: 255, owner: 255 } as const;
/** RFC 9568 6.1 with erratum 8301: 1..4095 centiseconds. */
export const ADVERTISEMENT_INTERVAL_MICROS = { min: 10_000, max: 40_950_000, step: 10_000 } as const;
/** carp(4): seconds; with 0 the skew alone is the interval. */
export const ADVERTISEMENT_BASE_SECONDS = { min: 0, max: 254 } as const;
/** carp(4): 256ths of a second; 255 says goodbye and is never configured. */
export const ADVERTISEMENT_SKEW = { min: 0, max: 254 } as const;
/** ifconfig(8), ucarp(8): a key of 20 octets with its NUL. */
export const CARP_PASSWORD_BYTES = { min: 1, max: 19 } as const;

/** A whole number of centiseconds, 10ms to 40.95s: what fits the 12 bits of the advertisement. */
export const advertisementInterval = durationWithin("an advertisement interval", ADVERTISEMENT_INTERVAL_MICROS, "1s");

/** A millisecond keeps a burst a burst and not a storm. */
const ANNOUNCEMENT_SPACING_MICROS = { min: 1_000, max: 10_000_000 } as const;
/** Often enough for a cache that missed the burst, and too seldom to be noise. */
const ANNOUNCEMENT_REFRESH_MICROS = { min: 1_000_000, max: 3_600_000_000 } as const;
/** The kernel counts lifetimes in seconds; one that is not renewed in time costs the address, so not below two. */
const LEASE_MICROS = { min: 2_000_000, max: 3_600_000_000, step: 1_000_000 } as const;
const DELAY_MICROS = { min: 0, max: 3_600_000_000 } as const;
const HOOK_TIMEOUT_MICROS = { min: 100_000, max: 600_000_000 } as const;

/** How the addresses are announced to the segment once this node holds them. */
const announcement = z.strictObject(
  {
    /** Gratuitous ARP frames, or unsolicited neighbour advertisements, sent on becoming master. */
    burst: wholeNumber("a number of announcements", { min: 1, max: 20 }).default(5),
    /** Time between the frames of a burst. */
    spacing: durationWithin("a time between announcements", ANNOUNCEMENT_SPACING_MICROS, "200ms").default(200_000),
    /** While master, one announcement each so often; heals caches that missed the burst. */
    refresh: durationWithin("a time between refreshes", ANNOUNCEMENT_REFRESH_MICROS, "10s").default(10_000_000),
  },
  expected("a plan of announcements", '{ "burst": 5, "spacing": "200ms", "refresh": "10s" }'),
);

/** A shared address: its text alone, or with where it goes. */
const sharedAddress = z
  .union(
    [
      hostAddressWithPrefix("a shared address such as 10.25.0.10/32"),
      z.strictObject({
        address: hostAddressWithPrefix("a shared address such as 198.51.100.10/32"),
        /** The interface it is put on. Default: the one that advertises. */
        interface: interfaceName("ens4").optional(),
        /** In its place: an own address, whose interface is meant whatever it is called. */
        beside: hostAddress("an own address, such as 203.0.113.105, whose interface it is put on").optional(),
        /** While master, whether what this machine sends over that interface's default route has this source. */
        preferredSource: flag("a choice of the source address").default(false),
      }),
    ],
    expected(
      "a shared address",
      'an address with its prefix length, or { "address": "198.51.100.10/32", "interface": "ens4" }',
    ),
  )
  .transform(
    (written): SharedAddress => (typeof written === "string" ? { address: written, preferredSource: false } : written),
  );

/** A shared address and where it goes. */
export interface SharedAddress {
  /** With its prefix length, `10.25.0.10/32`. */
  readonly address: string;
  /** Name of the interface; absent: the one that advertises. */
  readonly interface?: string | undefined;
  /** Own address whose interface is meant, where that has no known name. */
  readonly beside?: string | undefined;
  readonly preferredSource: boolean;
}

/** What a failed check costs: so many points of priority (VRRP) or of the demotion count (CARP), or all of the claim. */
const track = z
  .record(
    label("the name of a check", "the name of one of the checks"),
    z.union(
      [z.literal("all"), wholeNumber("a demotion", { min: 1, max: 254 })],
      expected("a demotion", '1 to 254, or "all"'),
    ),
    expected("what is tracked", '{ "uplink": 60, "service": "all" }'),
  )
  .default({});

/** Programs that run when the role changed. Each is awaited, ended at its timeout, and not run for a state that is over. */
const hooks = z.strictObject(
  {
    /** Before the addresses are taken, such as `conntrackd -c`: they wait for it, so its timeout is an outage. */
    prepare: absoluteCommand("a hook").optional(),
    prepareTimeout: durationWithin("a timeout", { min: 10_000, max: 10_000_000 }, "500ms").default(500_000),
    /** After the addresses are held and announced. */
    up: absoluteCommand("a hook").optional(),
    /** After the addresses were let go. */
    down: absoluteCommand("a hook").optional(),
    timeout: durationWithin("a timeout", HOOK_TIMEOUT_MICROS, "10s").default(10_000_000),
  },
  expected("hooks", '{ "up": ["/usr/local/bin/on-master"], "down": [...], "timeout": "10s" }'),
);

const common = {
  /** Name of the VIP in logs, status and metrics; one a node. */
  name: label("the name of a virtual router", "1 to 64 characters, such as web"),
  /** VRID or vhid; the same on every member, another for each virtual router of a protocol on a segment. */
  virtualRouterId: wholeNumber("a virtual router id", VIRTUAL_ROUTER_ID),
  /** Whether to take over from a master that is worse. */
  preempt: flag("a preempt mode").default(true),
  /** How long a node that may preempt waits, once it could, for its services to settle. Never delays filling a vacancy. */
  preemptDelay: durationWithin("a preempt delay", DELAY_MICROS, "30s").default(0),
  /** How long after the agent's start this node takes part, at the earliest. */
  startupDelay: durationWithin("a start-up delay", DELAY_MICROS, "10s").default(0),
  /** The interface. Default: the one that has `sourceAddress`; needed when that is link-local. */
  interface: interfaceName("ens3").optional(),
  /** This node's own address on the segment: source of advertisements, tie-breaker. IPv6: its link-local address. */
  sourceAddress: hostAddress("this node's own address on the segment, such as 10.25.0.11"),
  /** Whether advertisements go to the multicast group. Otherwise one goes to each peer. */
  multicast: flag("a choice of multicast").default(false),
  /** Own addresses of the other members. Only they are heard; with multicast an empty list hears everybody. */
  peers: listOf(hostAddress("the own address of another member, such as 10.25.0.12"), "a list of members", {
    min: 0,
    max: 254,
    remedy: "the own addresses of the 1 to 254 other members",
  }).default([]),
  /** What a unicast advertisement's TTL must be at least. Below 255 it may have crossed routers, and could be forged from afar. */
  minimumTtl: wholeNumber("a TTL", { min: 1, max: 255 }).default(255),
  /** The shared addresses, in the order they go on the wire. */
  addresses: listOf(sharedAddress, "a list of shared addresses", {
    max: 20,
    remedy: "1 to 20 addresses with their prefix lengths",
  }),
  /**
   * For how long an address outlives an agent that hangs: the kernel drops one that is not renewed. Off: it stays.
   * Default: as long as a backup that hears only silence needs to take over, and a margin; see interfaces/lease.ts.
   */
  lease: z
    .union(
      [z.literal("off"), durationWithin("a lease", LEASE_MICROS, "3s")],
      expected("a lease", 'a duration from 2s, or "off"'),
    )
    .optional(),
  announcement: announcement.prefault({}),
  track,
  hooks: hooks.prefault({}),
  publicAddresses,
};

/** What a virtual router of VRRP is in the document. */
export const vrrp = z.strictObject(
  {
    ...common,
    protocol: z.literal("vrrp"),
    priority: wholeNumber("a priority", PRIORITY),
    advertisementInterval: advertisementInterval.default(1_000_000),
    /** Accept_Mode: whether a master that is not the owner accepts packets to the addresses. RFC 9568's default is false. */
    acceptMode: flag("an accept mode").default(true),
    /** Whether the addresses answer with the virtual router's own MAC (RFC 9568 7.3), on an interface made for it. */
    virtualMac: flag("a choice of the MAC").default(false),
    authentication: authentication.optional(),
  },
  expected("a virtual router", "an object with name, protocol, virtualRouterId, priority and so on"),
);

/** What a host of CARP is in the document. */
export const carp = z.strictObject(
  {
    ...common,
    protocol: z.literal("carp"),
    /** Seconds between advertisements, 0..254. */
    advertisementBase: wholeNumber("an advertisement base", ADVERTISEMENT_BASE_SECONDS).default(1),
    /** In 256ths of a second on top; the lower, the more preferred. */
    advertisementSkew: wholeNumber("an advertisement skew", ADVERTISEMENT_SKEW).default(0),
    /** Shared by the group; 1 to 19 octets. */
    password: carpPassword(),
    /** Whose habits to share where CARP's implementations differ: demotion, ties, counters. See carpHost.ts. */
    dialect: z.enum(["openbsd", "ucarp"], expected("a dialect of CARP", '"openbsd" or "ucarp"')).default("openbsd"),
  },
  expected("a virtual router", "an object with name, protocol, virtualRouterId, password and so on"),
);

export const virtualRouter = z.discriminatedUnion(
  "protocol",
  [vrrp, carp],
  expected("a virtual router", 'an object whose protocol is "vrrp" or "carp"'),
);

export type VrrpRouterDocument = z.output<typeof vrrp>;

export type CarpHostDocument = z.output<typeof carp>;
/** One virtual router of the document, parsed. */
export type VirtualRouterConfig = z.output<typeof virtualRouter>;

/** A secret never stands in a problem: the value is not quoted. */
function carpPassword(): z.ZodString {
  const { min, max } = CARP_PASSWORD_BYTES;
  const wanted = { error: () => `is not a CARP password: write ${min} to ${max} octets` };
  return z.string(wanted).refine((text) => {
    const octets = new TextEncoder().encode(text);
    return octets.length >= min && octets.length <= max && !octets.includes(0);
  }, wanted);
}

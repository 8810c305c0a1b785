/** Every single slip in a good stack: at each place another type, nothing, no key, or a key with a letter too much. */
import { exampleConfig, withValue } from "./stacks/exampleConfig.ts";
import { ovhConfig } from "./stacks/ovhConfig.ts";

/** A place in a stack. */
export type Place = readonly (string | number)[];

/** One thing that is not as it was. */
export interface Slip {
  readonly place: Place;
  readonly what: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const PING = { ping: "192.0.2.1", every: "10s", timeout: "2s", rise: 2, fall: 2 };

/** A stack of OpenStack's with every key of the agents' side. */
export function fullStack(): Readonly<Record<string, unknown>> {
  const { ssh, defaults } = exampleConfig();
  return {
    network: {
      cidr: "10.25.0.0/24",
      name: "edge",
      gateway: "10.25.0.1",
      mtu: 1450,
      vlan: 0,
      dhcp: true,
      dnsNameservers: ["192.0.2.53"],
    },
    ssh: { ...ssh, via: "floatingIp" },
    defaults: { ...defaults, availabilityZone: "nova", serverGroupPolicy: "anti-affinity" },
    nodes: {
      "edge-1": {
        priority: 200,
        address: "10.25.0.51",
        flavor: "edge.large",
        imageId: defaults.imageId,
        availabilityZone: "nova",
      },
      "edge-2": { priority: 100 },
      "edge-3": { priority: 50 },
    },
    vips: {
      web: {
        address: "10.25.0.10",
        alias: [{ address: "10.25.0.40" }, { address: "203.0.113.10", interface: "ens4", preferredSource: true }],
        protocol: "vrrp",
        virtualRouterId: 10,
        advertisementInterval: "500ms",
        preempt: true,
        preemptDelay: "30s",
        startupDelay: "10s",
        multicast: false,
        minimumTtl: 255,
        acceptMode: true,
        virtualMac: false,
        lease: "3s",
        announcement: { burst: 5, spacing: "200ms", refresh: "10s" },
        priorities: { "edge-1": 210 },
        track: { uplink: 160, service: { http: "http://127.0.0.1/health", every: "2s", timeout: "1s", demote: "all" } },
        hooks: {
          prepare: "/bin/prepare",
          prepareTimeout: "500ms",
          up: ["/bin/up", "web"],
          down: "/bin/down",
          timeout: "10s",
        },
        public: { floatingIp: { pool: "Ext-Net", move: "port" } },
        authentication: { mode: "enforce", active: 1, replay: "time", window: "5s", keys: { 1: "0a".repeat(32) } },
      },
      mail: { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20, public: { routed: "198.51.100.17" } },
      voice: {
        address: "10.25.0.30",
        protocol: "carp",
        virtualRouterId: 30,
        advertisementBase: 1,
        skews: { "edge-1": 50, "edge-2": 100 },
        dialect: "openbsd",
        authentication: "s3cret",
      },
    },
    syncGroups: { gateway: ["web", "mail"] },
    checks: { uplink: PING, port: { tcp: { host: "127.0.0.1", port: 80 } } },
    states: {
      initial: "neutral",
      conditions: { network: "link.ens3.up && check.uplink.good" },
      always: [{ run: ["/bin/logger", "x"], timeout: "10s" }],
      states: {
        neutral: { body: [{ if: "!network", then: [{ setState: "demoted" }] }] },
        demoted: {
          demote: { voice: 1 },
          init: [{ run: ["/bin/true"] }],
          body: [{ if: "network", then: [{ setState: "neutral" }] }],
        },
      },
    },
    peerLink: { enabled: true, port: 4112, heartbeat: "100ms", missed: 3 },
    metrics: { port: 9112, allowFrom: ["10.25.0.0/24"] },
    logFacility: "daemon",
    services: [{ protocol: "tcp", port: "8000-8010", from: ["0.0.0.0/0"] }],
  };
}

/** One of OVH's, whose public addresses its agents move. */
export function movedStack(): Readonly<Record<string, unknown>> {
  const settings = { takeBackAfter: "60s", onWitnessLoss: "hold" };
  return {
    ...withValue("vips.web.public", { failoverIp: "198.51.100.10", ...settings }, ovhConfig()),
    ssh: { ...exampleConfig().ssh, via: "public" },
  };
}

/** Maps whose keys people choose: a letter more is another name, and no slip. */
const NAMED =
  /^(?:nodes|vips|checks|syncGroups|states\.(?:states|conditions)|vips\.\w+\.(?:track|priorities|skews|authentication\.keys)|.*\.demote)$/;

const OTHERS: readonly unknown[] = [null, true, 7.5, -1, "?", "", [], {}, [{}], { "?": 1 }];

/** All of them. */
export function slipsOf(stack: Readonly<Record<string, unknown>>): readonly Slip[] {
  return placesIn(stack, []).flatMap(({ place, value }) => {
    const last = place.at(-1);
    const isNamed = NAMED.test(place.slice(0, -1).join("."));
    // A map without its keys is as many slips as it has keys.
    const isMap = typeof value === "object" && !Array.isArray(value);
    const isOther = (other: unknown): boolean =>
      JSON.stringify(other) !== JSON.stringify(value) &&
      !(isMap && typeof other === "object" && other !== null && !Array.isArray(other));
    const others = OTHERS.filter(isOther).map(
      (other): Slip => ({
        place,
        what: JSON.stringify(other),
        config: changed(stack, place, other) as Slip["config"],
      }),
    );
    if (typeof last !== "string" || isNamed) return others;
    const without = changed(stack, place, undefined) as Slip["config"];
    return [
      ...others,
      { place, what: "missing", config: without },
      {
        place,
        what: "misspelt",
        config: changed(without, [...place.slice(0, -1), `${last}x`], value) as Slip["config"],
      },
    ];
  });
}

/** Every value below one, with its place. */
function placesIn(value: unknown, place: Place): readonly { readonly place: Place; readonly value: unknown }[] {
  const below = (key: string | number, inner: unknown) => [
    { place: [...place, key], value: inner },
    ...placesIn(inner, [...place, key]),
  ];
  if (Array.isArray(value)) return value.flatMap((inner: unknown, index) => below(index, inner));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => below(key, inner));
}

/** A copy with another value at a place; undefined takes it out. */
export function changed(whole: unknown, [key, ...rest]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(whole)) {
    return whole.map((inner: unknown, index) => (index === key ? changed(inner, rest, value) : inner));
  }
  const entries = new Map<string, unknown>(Object.entries(whole as object));
  const inner = changed(entries.get(String(key)), rest, value);
  if (inner === undefined) entries.delete(String(key));
  else entries.set(String(key), inner);
  return Object.fromEntries(entries);
}

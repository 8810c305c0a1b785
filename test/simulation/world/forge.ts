/** Advertisements that nobody of the group sent, delivered to a node, which must make nothing of them (S7). */

import { decodeCarp, encodeCarp } from "../../../agent/protocol/carp.ts";
import type { Packet } from "../../../agent/protocol/packet/packet.ts";
import { serialOf } from "../../../agent/protocol/packet/serial.ts";
import { decodeVrrp, encodeVrrp, type VrrpAdvertisement } from "../../../agent/protocol/vrrp.ts";
import { packet } from "../../../agent/simulation/segment.ts";
import type { AgentHost } from "../hosts/agentHost.ts";
import type { WorldView } from "../hosts/worldView.ts";
import type { Forgery } from "./acts.ts";

const PLAUSIBLE_TTL = 255;
const STRANGER = { 4: "10.25.0.99", 6: "fe80::99" } as const;
/** In an IPv4 header. */
const TTL_OFFSET = 8;
const OTHER_ID = 99;

/** Delivers one, if there was anything to forge it from, and the node is at rest. */
export function forge(host: AgentHost, forgery: Forgery, world: WorldView): void {
  const heard = world.past.packetsOf(host).at(-1);
  const { server, node } = host;
  const deadline = node?.deadline() ?? Infinity;
  if (heard === undefined || !server.runs || node === undefined || deadline <= server.clock.micros) return;
  const forged = forgedFrom(heard, forgery, host, world);
  if (forged === undefined) return;
  const before = fingerprint(host);
  world.past.isForging = true;
  server.deliver(forged);
  world.past.isForging = false;
  const after = fingerprint(host);
  if (before !== after) world.violate("S7", `${host.name} believed a forgery (${forgery}): ${before} became ${after}`);
}

/** All that an advertisement could change, and no counter. */
function fingerprint({ node, server }: AgentHost): string {
  const { virtualRouters = [] } = node?.status(server.clock.micros) ?? {};
  const parts = virtualRouters.map(({ role, claim, masterAddress, counters }) => {
    return { role, claim, masterAddress, transitions: counters.transitions, sent: counters.sent };
  });
  return JSON.stringify([parts, node?.deadline()]);
}

function forgedFrom(heard: Packet, forgery: Forgery, host: AgentHost, world: WorldView): Packet | undefined {
  const [router] = host.config.virtualRouters;
  if (router === undefined) return undefined;
  const { source, destination, payload } = endsOf(heard);
  const bytes = Uint8Array.from(payload);
  switch (forgery) {
    case "other-id":
      return packet(source, destination, otherwise(bytes, { source, destination }, { virtualRouterId: OTHER_ID }));
    case "far-away":
      return router.multicast || router.minimumTtl === PLAUSIBLE_TTL
        ? packet(source, destination, bytes, { ttl: PLAUSIBLE_TTL - 1 })
        : undefined;
    case "stranger": {
      const stranger = STRANGER[heard.family];
      return packet(stranger, destination, otherwise(bytes, { source, destination }, {}, stranger));
    }
    case "flipped": {
      const place = world.random.below(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << world.random.below(8));
      return packet(source, destination, bytes);
    }
    case "cut-short":
      return packet(source, destination, bytes.subarray(0, world.random.below(bytes.length)));
    case "replayed": {
      const isProtected = router.protocol === "vrrp" ? router.authentication !== undefined : router.dialect === "ucarp";
      return isProtected ? replayable(host, world) : undefined;
    }
  }
}

/** An earlier one of a sender whose latest ones were heard in a row: what leaps may have restarted. */
function replayable(host: AgentHost, world: WorldView): Packet | undefined {
  const packets = world.past.packetsOf(host);
  const [first, second] = packets.slice(-3);
  const isOne = packets.every((one) => endsOf(one).source === (first && endsOf(first).source));
  if (packets.length < 4 || !isOne || second === undefined) return undefined;
  const counters = packets.map((one) => endsOf(one).payload.slice(8, 16)).map(serialOf);
  const isCounting = counters.every((counter, index) => index === 0 || counter === (counters[index - 1] ?? 0n) + 1n);
  return host.config.virtualRouters[0]?.protocol === "carp" && !isCounting ? undefined : second;
}

/** The same advertisement with something else in it, its checksum good again where VRRP has one to make. */
function otherwise(
  bytes: Uint8Array,
  ends: { readonly source: string; readonly destination: string },
  change: Partial<VrrpAdvertisement>,
  source = ends.source,
): Uint8Array {
  const decoded = decodeVrrp(bytes, ends);
  if (decoded.ok) return encodeVrrp({ ...decoded.value.advertisement, ...change }, { ...ends, source });
  const carp = decodeCarp(bytes);
  if (!carp.ok) return bytes;
  return encodeCarp({ ...carp.value, virtualHostId: change.virtualRouterId ?? carp.value.virtualHostId });
}

function endsOf(heard: Packet): { source: string; destination: string; payload: Uint8Array } {
  if (heard.family === 6) return heard;
  const { datagram } = heard;
  if (datagram[TTL_OFFSET] !== PLAUSIBLE_TTL) throw new Error("a datagram of the simulation has another TTL");
  const text = (from: number): string => datagram.subarray(from, from + 4).join(".");
  return { source: text(12), destination: text(16), payload: datagram.subarray(20) };
}

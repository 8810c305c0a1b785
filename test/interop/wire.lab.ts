/** What is on the wire: the agent's packets beside keepalived's own, and who answers for the shared address. */
import assert from "node:assert/strict";
import { type Daemon, SHARED_IPV4, SHARED_IPV6 } from "../../bench/daemons/daemon.ts";
import type { Host } from "../../bench/segment/segment.ts";
import { nowMs } from "../../lab/drills/clock.ts";
import {
  agentCarp,
  agentVrrp,
  INTERVAL_MS,
  keepalivedVrrp,
  Rig,
  realUcarp,
  TRANSPORTS,
  type Transport,
  transportText,
} from "./rig.ts";

const ETHERNET_HEADER = 14;
/** With the flags: the kernel forbids fragments where keepalived does not. */
const IPV4_IDENTIFICATION = { from: 4, length: 4 };
const IPV4_CHECKSUM = { from: 10, length: 2 };
const IPV6_FLOW = { from: 1, length: 3 };
const ARP_REPLY = 2;
/** Version to advbase: before checksum, counter and digest. */
const CARP_FIELDS = 6;
const shared = Buffer.from(SHARED_IPV4.split(".").map(Number));

describe("the agent on the wire", function () {
  this.timeout(90_000);
  let rig: Rig;

  before(async () => {
    rig = await Rig.open(2);
  });
  afterEach(() => rig.reset());
  after(() => rig.close());

  for (const transport of TRANSPORTS) {
    const cites =
      transport.family === 4
        ? "[1.7-b 5.1-a:+ 5.1.1.1-a 5.1.1.2-a:+ 5.1.1.3-a 5.1.1.4-a]"
        : "[1.7-b 5.1.2.1-a:+ 5.1.2.2-a 5.1.2.3-a 5.1.2.4-a 5.2.9-b:+]";
    it(`sends by ${transportText(transport)} what keepalived sends, octet for octet [7.2-a 7.2-b 7.2-d 7.2-e 7.2-f:+ 5.2.6-a] ${cites}`, async () => {
      const theirs = await advertisementOf(transport, "keepalived");
      await rig.reset();
      const ours = await advertisementOf(transport, "agent");
      assert.equal(Buffer.from(ours).toString("hex"), Buffer.from(theirs).toString("hex"));
    });
  }

  async function advertisementOf(transport: Transport, sender: "agent" | "keepalived"): Promise<Uint8Array> {
    rig.start(1, sender === "agent" ? await agentVrrp(transport) : keepalivedVrrp(transport));
    await rig.heldBy(1, transport.family);
    return withoutChance(await rig.advertises(1), transport.family);
  }

  it("answers ARP as master and is silent as backup [6.4.2-a 6.4.3-a 6.4.2-e 6.4.3-f]", async () => {
    rig.start(1, await agentVrrp());
    rig.start(2, await agentVrrp());
    await rig.heldBy(1);
    const askedMs = nowMs();
    ask(SHARED_IPV4, "-4");
    assert.deepEqual(repliesSince(askedMs), ["n1"]);
    assert.equal(neighbour(SHARED_IPV4), macOf(rig.node(1)));
  });

  it("answers neighbour solicitations as master and is silent as backup [6.4.2-b 6.4.3-b:+ 6.4.3-c]", async () => {
    const transport = { family: 6, multicast: true } as const;
    rig.start(1, await agentVrrp(transport));
    rig.start(2, await agentVrrp(transport));
    await rig.heldBy(1, 6);
    const askedMs = nowMs();
    ask(SHARED_IPV6.global, "-6");
    assert.equal(neighbour(SHARED_IPV6.global), macOf(rig.node(1)));
    const answered = rig.sniffer.heard(askedMs).filter(({ kind }) => kind === "neighbour-advertisement");
    assert.deepEqual([...new Set(answered.map(({ from }) => from))], ["n1"]);
    const groups = (node: Host): string => rig.segment.run(node, "ip", "-6", "maddr", "show", "dev", "eth0");
    assert.match(groups(rig.node(1)), /ff02::1:ff00:50/);
    assert.doesNotMatch(groups(rig.node(2)), /ff02::1:ff00:50/);
  });

  it("announces after its first advertisement, each address, and nothing as backup [6.4.2-g:+ 6.4.1-b]", async () => {
    const other = rig.start(1, keepalivedVrrp());
    await rig.heldBy(1);
    const sinceMs = nowMs();
    rig.start(2, await agentVrrp());
    await rig.staysWith(1, 10 * INTERVAL_MS);
    assert.deepEqual(announced(rig.node(2), sinceMs), []);
    await other.kill();
    rig.segment.clean(rig.node(1));
    await rig.heldBy(2);
    const first = rig.sniffer.advertisements(rig.node(2), sinceMs)[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const [announcement] = announced(rig.node(2), sinceMs);
    assert.ok(announcement !== undefined && announcement >= first, "the advertisement comes first");
  });

  it("sends by CARP what ucarp sends but for counter, digest and sum [C1-a:+ C1-d C1-e:+ C8-c]", async () => {
    const theirs = await claimOf(realUcarp());
    await rig.reset();
    const sinceMs = nowMs();
    const ours = await claimOf(await agentCarp());
    assert.equal(Buffer.from(ours).toString("hex"), Buffer.from(theirs).toString("hex"));
    const frames = rig.sniffer.heard(sinceMs).filter(({ kind }) => kind === "arp");
    const [own] = frames.filter(({ frame }) => Buffer.from(frame.subarray(28, 32)).equals(shared));
    assert.equal(macText(own?.frame.subarray(22, 28)), macOf(rig.node(1)));
  });

  it("answers for the address of a CARP group as master alone, by unicast too [C8-e C8-h]", async () => {
    const unicast = await agentCarp({ multicast: false });
    rig.start(1, unicast);
    rig.start(2, unicast);
    await rig.heldBy(1);
    const askedMs = nowMs();
    ask(SHARED_IPV4, "-4");
    assert.deepEqual(repliesSince(askedMs), ["n1"]);
    await rig.staysWith(1, 4_000);
    const groups = rig.segment.run(rig.node(1), "ip", "-4", "maddr", "show", "dev", "eth0");
    assert.doesNotMatch(groups, /224\.0\.0\.18/);
    await rig.assertNothingDropped(2);
  });

  /** The IP source and destination and the CARP fields that do not change with each packet. */
  async function claimOf(daemon: Daemon): Promise<Uint8Array> {
    rig.start(1, daemon);
    await rig.heldBy(1);
    const frame = await rig.advertises(1);
    const datagram = frame.slice(ETHERNET_HEADER, ETHERNET_HEADER + 20 + CARP_FIELDS);
    // Type of service (ucarp: low delay), identification, sum.
    for (const place of [1, 4, 5, 10, 11]) datagram[place] = 0;
    return datagram;
  }

  /** Moments of the gratuitous ARP requests that a node sent for the shared address. */
  function announced(node: Host, sinceMs: number): readonly number[] {
    return rig.sniffer
      .heard(sinceMs)
      .filter(({ from, kind, frame }) => from === node.name && kind === "arp" && shared.equals(frame.subarray(28, 32)))
      .map(({ atMs }) => atMs);
  }

  function repliesSince(sinceMs: number): readonly string[] {
    return rig.sniffer
      .heard(sinceMs)
      .filter(({ kind, frame }) => kind === "arp" && frame[21] === ARP_REPLY)
      .map(({ from }) => from);
  }

  /** Has the client forget its neighbours and ask one address; it must answer. */
  function ask(address: string, family: "-4" | "-6"): void {
    rig.segment.run(rig.segment.client, "ip", "neigh", "flush", "dev", "eth0");
    rig.segment.run(rig.segment.client, "ping", family, "-c", "1", "-W", "5", address);
  }

  function neighbour(address: string): string | undefined {
    const text = rig.segment.run(rig.segment.client, "ip", "neigh", "show", "to", address);
    return /lladdr (\S+)/.exec(text)?.[1];
  }
});

function macOf({ number }: Host): string {
  return `02:00:00:00:00:${number.toString(16).padStart(2, "0")}`;
}

function macText(octets: Uint8Array | undefined): string {
  return [...(octets ?? [])].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** A frame with what differs from one packet to the next set to zero: identification, flow label, and the sum over them. */
function withoutChance(frame: Uint8Array, family: 4 | 6): Uint8Array {
  const copy = frame.slice();
  const places = family === 4 ? [IPV4_IDENTIFICATION, IPV4_CHECKSUM] : [IPV6_FLOW];
  for (const { from, length } of places) copy.fill(0, ETHERNET_HEADER + from, ETHERNET_HEADER + from + length);
  return copy;
}

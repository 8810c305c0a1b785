/** A virtual router with a MAC of its own (RFC 9568 7.3): what a switch learns, and what hosts are told. */
import assert from "node:assert/strict";
import { addressBytes } from "../../agent/protocol/packet/ip.ts";
import { SHARED_IPV4, SHARED_IPV6 } from "../../bench/daemons/daemon.ts";
import type { Host } from "../../bench/segment/segment.ts";
import type { Heard } from "../../bench/segment/sniffer.ts";
import { nowMs } from "../../lab/drills/clock.ts";
import { agentVrrp, Rig } from "./rig.ts";

/** VRID 51, of either family. */
const VIRTUAL_MAC = { 4: "00:00:5e:00:01:33", 6: "00:00:5e:00:02:33" } as const;

describe("a virtual router with its own MAC", function () {
  this.timeout(90_000);
  let rig: Rig;

  before(async () => {
    rig = await Rig.open(2);
  });
  afterEach(() => rig.reset());
  after(() => rig.close());

  for (const family of [4, 6] as const) {
    const multicast = family === 6;

    it(`IPv${family}: announces and answers with it alone [6.1-l 7.3-a 8.1.2-a 8.1.2-b 8.1.2-c 8.1.2-d 8.1.2-e 8.2.2-a 8.2.2-b 8.2.2-e 8.2.2-f 8.2.2-g]`, async () => {
      const sinceMs = nowMs();
      rig.start(1, await agentVrrp({ family, multicast, virtualMac: true }));
      await rig.heldBy(1, family);
      await rig.advertises(1);
      const address = family === 4 ? SHARED_IPV4 : SHARED_IPV6.global;
      rig.segment.run(rig.segment.client, "ip", "neigh", "flush", "dev", "eth0");
      rig.segment.run(rig.segment.client, "ping", `-${family}`, "-c", "1", "-W", "5", address);
      const known = rig.segment.run(rig.segment.client, "ip", "neigh", "show", "to", address);
      assert.match(known, new RegExp(`lladdr ${VIRTUAL_MAC[family]}`));
      const spoken = rig.sniffer
        .heard(sinceMs)
        .filter((heard) => heard.from === "n1" && speaksFor(address, heard))
        .map(({ frame }) => macText(frame.subarray(6, 12)));
      assert.deepEqual([...new Set(spoken)], [VIRTUAL_MAC[family]]);
    });

    it(`IPv${family}: gives it to no address of the machine, and lets the backup take in nothing sent to it [7.4-a 6.4.2-d]`, async () => {
      const daemon = await agentVrrp({ family, multicast, virtualMac: true });
      rig.start(1, daemon);
      rig.start(2, daemon);
      await rig.heldBy(1, family);
      for (const node of [rig.node(1), rig.node(2)]) {
        const derived = rig.segment.addresses(node).filter((one) => one.startsWith("fe80::200:5eff:fe00:"));
        assert.deepEqual(derived, [], `${node.name} made an address of the virtual MAC`);
      }
      assert.deepEqual(macsInUse(rig.node(2)), ["02:00:00:00:00:02"]);
    });
  }

  /** MACs of the interfaces of a host that are up, but the loopback's. */
  function macsInUse(host: Host): readonly string[] {
    const text = rig.segment.run(host, "ip", "-o", "link", "show", "up");
    return Array.from(text.matchAll(/link\/ether (\S+)/g), ([, mac = ""]) => mac);
  }
});

/** Whether an ARP or a neighbour advertisement speaks for the address. */
function speaksFor(address: string, { kind, frame }: Heard): boolean {
  const spoken = kind === "arp" ? frame.subarray(28, 32) : frame.subarray(62, 78);
  return kind !== "advertisement" && Buffer.from(addressBytes(address)).equals(spoken);
}

function macText(octets: Uint8Array): string {
  return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/** The netlink messages that create and change a virtual interface, octet for octet. */
import assert from "node:assert/strict";
import { encodeMessage, nested, text, u32 } from "../../agent/linux/netlink/netlinkMessage.ts";
import type { Rtnetlink } from "../../agent/linux/netlink/rtnetlink.ts";
import { ensureVirtualInterface, removeVirtualInterface } from "../../agent/linux/netlink/virtualInterface.ts";

const MAC = "00:00:5e:00:01:0a";
const PARENT = 2;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
/** IFLA_LINKINFO: kind "macvlan", data: IFLA_MACVLAN_MODE 4, MACVLAN_MODE_BRIDGE. */
const BRIDGE = `1c0012000c0001006d6163766c616e000c0002000800010004000000`;

interface Found {
  readonly index: number;
  readonly name: string;
  readonly mac: string;
  readonly kind?: string;
  readonly parent?: number;
  readonly mode?: number;
}

/** A routing socket over a list of interfaces: remembers what it is told to change, as the bytes that would be sent. */
class PaperRoute implements Rtnetlink {
  readonly sent: string[] = [];
  #links: readonly Found[];

  constructor(links: readonly Found[]) {
    this.#links = links;
  }

  change(...[type, flags, body, attributes]: Parameters<Rtnetlink["change"]>): void {
    this.sent.push(encodeMessage(type, flags, 0, body, attributes).toString("hex"));
    if (type === RTM_NEWLINK && (flags & 0x400) !== 0)
      this.#links = [
        ...this.#links,
        { index: 9, name: "vipf4-10", mac: MAC, kind: "macvlan", parent: PARENT, mode: 4 },
      ];
  }

  dump(type: number): Buffer[] {
    return type === RTM_GETLINK ? this.#links.map(encoded) : [];
  }
}

function encoded({ index, name, mac, kind, parent, mode }: Found): Buffer {
  const body = Buffer.alloc(16);
  body.writeInt32LE(index, 4);
  const data = mode === undefined ? [] : [nested(2, [{ type: 1, value: u32(mode) }])];
  return encodeMessage(RTM_NEWLINK, 0, 0, body, [
    { type: 1, value: Buffer.from(mac.replaceAll(":", ""), "hex") },
    { type: 3, value: text(name) },
    ...(parent === undefined ? [] : [{ type: 5, value: u32(parent) }]),
    ...(kind === undefined ? [] : [nested(18, [{ type: 1, value: text(kind) }, ...data])]),
  ]).subarray(16);
}

const ETHERNET: Found = { index: PARENT, name: "eth0", mac: "02:00:00:00:00:01" };
const OWN: Found = { index: 7, name: "vipf4-10", mac: MAC, kind: "macvlan", parent: PARENT };

describe("linux: messages of a virtual interface", () => {
  it("create it in bridge mode: in private mode a peer with the same source MAC is not heard", () => {
    const route = new PaperRoute([ETHERNET]);
    assert.equal(ensureVirtualInterface(route, PARENT, "vipf4-10", MAC), 9);
    const header = "60000000" + "10000106" + "00000000" + "00000000";
    const link = "0800050002000000" + "0d00030076697066342d313000000000" + "0a00010000005e00010a0000";
    assert.equal(route.sent[0], header + "00".repeat(16) + link + BRIDGE);
  });

  it("change one that is there to bridge mode in place, and set it up", () => {
    for (const mode of [1, 4]) {
      const route = new PaperRoute([ETHERNET, { ...OWN, mode }]);
      assert.equal(ensureVirtualInterface(route, PARENT, "vipf4-10", MAC), 7);
      const header = "3c000000" + "10000100" + "00000000" + "00000000";
      assert.deepEqual(route.sent, [`${header}00000000070000000100000001000000${BRIDGE}`]);
    }
  });

  for (const [whose, stranger] of [
    ["no macvlan", { ...OWN, kind: "ipvlan" }],
    ["a macvlan with the MAC 02:00:00:00:00:99", { ...OWN, mac: "02:00:00:00:00:99", mode: 1 }],
  ] as const) {
    it(`are none for an interface of that name that is ${whose}`, () => {
      const route = new PaperRoute([ETHERNET, stranger]);
      assert.throws(() => ensureVirtualInterface(route, PARENT, "vipf4-10", MAC), {
        code: "EEXIST",
        message: new RegExp(`vipf4-10 is ${whose}.*not the agent's.*rename or remove it`),
      });
      removeVirtualInterface(route, "vipf4-10", MAC);
      assert.deepEqual(route.sent, []);
    });
  }

  it("replace one of an earlier configuration on another parent", () => {
    const route = new PaperRoute([ETHERNET, { ...OWN, parent: 3, mode: 4 }]);
    ensureVirtualInterface(route, PARENT, "vipf4-10", MAC);
    const types = route.sent.map((message) => Number.parseInt(message.slice(8, 10), 16));
    assert.deepEqual(types.slice(0, 2), [17, RTM_NEWLINK]);
  });
});

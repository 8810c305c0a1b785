/** What Nova's driver may say to the lab's hypervisor, and what happens to it. */
import assert from "node:assert/strict";
import { bridgeName, tapName } from "../../lab/host/names.ts";
import { linkSetUp } from "../../lab/openstack/compute/pulledCables.ts";
import {
  portPlan,
  portRequest,
  renderBlackholes,
  segmentPlan,
  serverPlan,
  serverRequest,
} from "../../lab/openstack/compute/words.ts";
import { novaPort, novaServer } from "./novaDriver.ts";

describe("a request of Nova's driver", () => {
  it("becomes a server with its files byte for byte", () => {
    const gzip = Buffer.from([0x1f, 0x8b, 0x08, 0xff, 0x00]);
    const files = { "openstack/latest/user_data": gzip.toString("base64") };
    const plan = serverPlan("5e4e4001-0000-4000-8000-000000000000", serverRequest.parse({ ...novaServer(1), files }));
    assert.deepEqual(plan.configDrive, { "openstack/latest/user_data": new Uint8Array(gzip) });
    assert.deepEqual(plan.portIds, [novaPort(1).id]);
    assert.equal(plan.name, "edge-1");
  });

  it("becomes cards on segments", () => {
    const port = portRequest.parse({ ...novaPort(1), external: true });
    assert.deepEqual(segmentPlan(port), { id: port.networkId, kind: "external", mtu: 1450 });
    assert.deepEqual(portPlan(port).addresses, [{ address: "10.25.0.11", prefixLength: 24, gateway: "10.25.0.1" }]);
  });

  const refused: readonly (readonly [string, unknown])[] = [
    ["an id that would be another interface's name", { ...novaPort(1), id: "x up\nlink set lo" }],
    ["a MAC that is none", { ...novaPort(1), mac: "fa:16:3e:00:00:01 up" }],
    ["an address that is none", { ...novaPort(1), addresses: [{ address: "10.25.0.11/24 dev lo", prefixLength: 24 }] }],
    [
      "a gateway that is none",
      { ...novaPort(1), addresses: [{ address: "10.25.0.11", prefixLength: 24, gateway: "x" }] },
    ],
    ["words it does not know", { ...novaPort(1), bridge: "br0" }],
  ];
  for (const [what, body] of refused) {
    it(`is refused for ${what}`, () => {
      assert.equal(portRequest.safeParse(body).success, false);
    });
  }

  for (const hostname of ["", "-edge", "Edge 1", "edge_1", "e".repeat(64), "edge\n"]) {
    it(`is refused for the host name ${JSON.stringify(hostname)}`, () => {
      assert.equal(serverRequest.safeParse({ ...novaServer(1), hostname }).success, false);
    });
  }

  it("is refused for a file that is not base64", () => {
    assert.equal(serverRequest.safeParse({ ...novaServer(1), files: { a: "%%%" } }).success, false);
  });
});

describe("a pulled cable", () => {
  it("is seen to be plugged in again by what the kernel says of its tap", () => {
    const up = "7: tap00f00001-00@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master brq0 state UP";
    assert.equal(linkSetUp(up), "tap00f00001-00");
    assert.equal(linkSetUp(up.replace("UP,LOWER_UP", "LOWER_UP")), undefined);
    assert.equal(linkSetUp("Deleted 7: tap00f00001-00@NONE: <BROADCAST,UP> mtu 1450"), undefined);
    assert.equal(linkSetUp("nonsense"), undefined);
  });
});

describe("black holes", () => {
  it("are a table of our own, replaced in one go, and gone with the last of them", () => {
    const ids = [novaPort(1).id, novaPort(2).id];
    const script = renderBlackholes(ids);
    assert.match(script, /^table bridge vipf\ndelete table bridge vipf\ntable bridge vipf \{/);
    for (const id of ids) assert.ok(script.includes(`"${tapName(id)}"`));
    assert.equal(renderBlackholes([]), "table bridge vipf\ndelete table bridge vipf\n");
  });

  it("have taps by the names that Neutron's agents look for", () => {
    assert.equal(tapName("01234567-89ab-4000-8000-000000000000"), "tap01234567-89");
    assert.equal(bridgeName("01234567-89ab-4000-8000-000000000000"), "brq01234567-89");
  });
});

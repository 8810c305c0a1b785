import assert from "node:assert/strict";
import { cableLines, leaseLines, returnLines, segmentLines } from "../../lab/host/network/links.ts";
import { PRIVATE } from "./edgeRegion.ts";

describe("lines for ip(8)", () => {
  it("make a switch without delays of its own", () => {
    assert.deepEqual(segmentLines(PRIVATE), [
      "link add brqba5eba11-00 mtu 1450 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
      "link set brqba5eba11-00 up",
    ]);
  });

  it("make a cable, and leave the switch's end down for one without carrier", () => {
    const cable = { segment: PRIVATE, tap: "tap1", namespace: "n", device: "eth0", mac: "fa:16:3e:00:00:01" };
    assert.deepEqual(cableLines({ ...cable, carrier: true }), [
      "link add tap1 mtu 1450 type veth peer name eth0 netns n mtu 1450 address fa:16:3e:00:00:01",
      "link set tap1 master brqba5eba11-00",
      "link set tap1 up",
    ]);
    assert.equal(cableLines({ ...cable, carrier: false }).includes("link set tap1 up"), false);
  });

  it("give a device its addresses before its routes, later devices a worse default route", () => {
    const addresses = [
      { address: "10.25.0.11", prefixLength: 24, gateway: "10.25.0.1" },
      { address: "2001:db8::11", prefixLength: 64 },
    ];
    assert.deepEqual(leaseLines({ device: "eth1", on: "tenant", addresses }), [
      "addr add 10.25.0.11/24 dev eth1",
      "addr add 2001:db8::11/64 dev eth1 nodad",
      "route add default via 10.25.0.1 dev eth1 metric 101",
    ]);
  });

  it("prefer the way out over the external segment, whichever device has it", () => {
    const addresses = [{ address: "203.0.113.105", prefixLength: 24, gateway: "203.0.113.1" }];
    assert.deepEqual(leaseLines({ device: "eth1", on: "external", addresses }).slice(1), [
      "route add default via 203.0.113.1 dev eth1 metric 51",
    ]);
  });

  it("take back what was given, routes first", () => {
    const addresses = [{ address: "10.25.0.11", prefixLength: 24, gateway: "10.25.0.1" }];
    assert.deepEqual(returnLines({ device: "eth0", on: "tenant", addresses }), [
      "route del default via 10.25.0.1 dev eth0 metric 100",
      "addr del 10.25.0.11/24 dev eth0",
    ]);
  });
});

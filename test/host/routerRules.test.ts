import assert from "node:assert/strict";
import {
  floatingIpsWithout,
  interfaceLines,
  renderRouterRules,
  routerInterfaces,
} from "../../lab/host/network/routerRules.ts";
import { EXTERNAL, FLOATING_IP, PRIVATE, ROUTER, VIP } from "./edgeRegion.ts";

const SEGMENTS = new Map([EXTERNAL, PRIVATE].map((segment) => [segment.id, segment]));

describe("a router", () => {
  it("has an interface on each segment, with its MAC and address", () => {
    const [inside, outside] = routerInterfaces(ROUTER, "vipf-x-router-40047e40", SEGMENTS);
    assert.ok(inside !== undefined && outside !== undefined);
    assert.equal(inside.cable.segment, PRIVATE);
    assert.equal(inside.cable.mac, "fa:16:3e:00:01:02");
    assert.deepEqual(interfaceLines(inside), [
      "addr add 10.25.0.1/24 dev qr-40047e40-10",
      "link set qr-40047e40-10 up",
    ]);
    assert.equal(outside.cable.segment, EXTERNAL);
    assert.deepEqual(interfaceLines(outside), [
      "addr add 203.0.113.100/24 dev qg-40047e40-00",
      "link set qg-40047e40-00 up",
    ]);
  });

  it("cannot be on a segment that is not there", () => {
    assert.throws(
      () => routerInterfaces(ROUTER, "n", new Map()),
      new RegExp(`on segment ${PRIVATE.id}, which is not there`),
    );
  });

  it("translates a floating IP one to one, both ways, before the address all others share", () => {
    const script = renderRouterRules(ROUTER);
    assert.ok(script.includes(`${FLOATING_IP} : ${VIP}`));
    assert.ok(script.includes(`${VIP} : ${FLOATING_IP}`));
    const order = [
      "dnat to ip daddr map @to_fixed",
      "snat to ip saddr map @to_floating",
      "snat to 203.0.113.100\n  }",
    ].map((rule) => script.indexOf(rule));
    assert.ok(order.every((at) => at > 0) && order.toSorted((a, b) => a - b).join() === order.join(), order.join());
  });

  it("shares its address only when its plan says so, and translates nothing without an outside", () => {
    const { external, ...inner } = ROUTER;
    assert.ok(external);
    assert.equal(
      renderRouterRules({ ...ROUTER, external: { ...external, snat: false } }).includes(
        'iifname != "qg-40047e40-00" snat',
      ),
      false,
    );
    assert.equal(renderRouterRules(inner).includes("chain"), false);
  });

  it("knows which floating IPs lead elsewhere than before", () => {
    const moved = { ...ROUTER, floatingIps: [{ floating: FLOATING_IP, fixed: "10.25.0.11" }] };
    assert.deepEqual(floatingIpsWithout(moved, ROUTER), moved.floatingIps);
    assert.equal(floatingIpsWithout(ROUTER, moved).length, ROUTER.floatingIps.length);
    assert.deepEqual(floatingIpsWithout(ROUTER, ROUTER), []);
    assert.deepEqual(floatingIpsWithout(ROUTER, undefined), ROUTER.floatingIps);
  });
});

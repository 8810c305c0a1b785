/** Neutron's routers and floating IPs. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest } from "./cloudUnderTest.ts";

const V2 = "/network/v2.0";

describe("Neutron's double: ways out", () => {
  let cloud: CloudUnderTest;
  let segment: Awaited<ReturnType<CloudUnderTest["madeSegment"]>>;

  beforeEach(async () => {
    cloud = await CloudUnderTest.start();
    segment = await cloud.madeSegment();
  });
  afterEach(() => cloud.end());

  const port = (attributes: Record<string, unknown> = {}) =>
    cloud.made("ports", "port", { network_id: segment.networkId, ...attributes });

  describe("routers and floating IPs", () => {
    const floating = (attributes: Record<string, unknown> = {}) =>
      cloud.made("floatingips", "floatingip", { floating_network_id: segment.externalId, ...attributes });

    it("hold what they need: 409 for a network with ports, a router with interfaces", async () => {
      assert.match(await cloud.refused(409, "DELETE", `${V2}/networks/${segment.networkId}`), /ports still in use/);
      assert.match(await cloud.refused(409, "DELETE", `${V2}/routers/${segment.routerId}`), /has ports still attached/);
      const [card] = listAt(await cloud.done("GET", `${V2}/ports?device_owner=network:router_interface`), "ports");
      const path = `${V2}/ports/${textAt(card, "id")}`;
      assert.match(await cloud.refused(409, "DELETE", path), /cannot be deleted directly via the port API/);
    });

    it("refuse a second interface on a subnet and an overlapping one", async () => {
      const path = `${V2}/routers/${segment.routerId}/add_router_interface`;
      const same = { subnet_id: segment.subnetId };
      assert.match(await cloud.refused(400, "PUT", path, same), /already has a port on subnet/);
      const other = await cloud.made("networks", "network", { name: "twin" });
      const subnet = { network_id: other, cidr: "10.25.0.0/16", ip_version: 4 };
      const subnetId = await cloud.made("subnets", "subnet", subnet);
      assert.match(
        await cloud.refused(400, "PUT", path, { subnet_id: subnetId }),
        /overlaps with cidr 10\.25\.0\.0\/24/,
      );
      assert.match(await cloud.refused(400, "PUT", path, {}), /Either subnet_id or port_id/);
      const gone = await cloud.refused(404, "PUT", path.replace("add_", "remove_"), { subnet_id: subnetId });
      assert.match(gone, /has no interface on subnet/);
    });

    it("lead to an unbound VIP port", async () => {
      const vip = await port({ fixed_ips: [{ ip_address: "10.25.0.10" }], security_groups: [] });
      const made = await cloud.shown("floatingips", "floatingip", await floating({ port_id: vip }));
      assert.equal(at(made, "fixed_ip_address"), "10.25.0.10");
      assert.equal(at(made, "router_id"), segment.routerId);
      assert.equal(at(made, "status"), "ACTIVE");
      assert.equal(at(made, "port_details", "status"), "DOWN");
    });

    it("move with a PUT and let go with null", async () => {
      const [one, two] = [await port(), await port()];
      const id = await floating({ port_id: one });
      await cloud.put("floatingips", "floatingip", id, { port_id: two });
      assert.equal(at(await cloud.shown("floatingips", "floatingip", id), "fixed_ip_address"), "10.25.0.201");
      const told = await cloud.put("floatingips", "floatingip", id, { port_id: null });
      assert.equal(at(told, "floatingip", "status"), "ACTIVE", "as it was: the agent has not heard of it yet");
      const free = await cloud.shown("floatingips", "floatingip", id);
      assert.deepEqual([at(free, "port_id"), at(free, "router_id"), at(free, "status")], [null, null, "DOWN"]);
    });

    it("refuse a port that is taken, not reachable, or without one clear address", async () => {
      const one = await port();
      await floating({ port_id: one });
      const body = (attributes: Record<string, unknown>) => ({
        floatingip: { floating_network_id: segment.externalId, ...attributes },
      });
      const post = (status: number, attributes: Record<string, unknown>) =>
        cloud.refused(status, "POST", `${V2}/floatingips`, body(attributes));
      assert.match(await post(409, { port_id: one }), /already has a floating IP/);
      const island = await cloud.made("networks", "network", { name: "island" });
      await cloud.made("subnets", "subnet", { network_id: island, cidr: "10.40.0.0/24", ip_version: 4 });
      const lonely = await cloud.made("ports", "port", { network_id: island });
      assert.match(await post(404, { port_id: lonely }), /is not reachable from subnet/);
      const double = await port({ fixed_ips: [{ ip_address: "10.25.0.20" }, { ip_address: "10.25.0.21" }] });
      assert.match(await post(400, { port_id: double }), /multiple fixed IPv4 addresses/);
      await floating({ port_id: double, fixed_ip_address: "10.25.0.21" });
      assert.match(await post(400, { fixed_ip_address: "10.25.0.21" }), /without a port_id/);
      assert.match(await post(400, { floating_network_id: island }), /not a valid external network/);
    });

    it("keep router, interface and address as long as one needs them", async () => {
      const vip = await port();
      const id = await floating({ port_id: vip });
      const path = `${V2}/routers/${segment.routerId}/remove_router_interface`;
      assert.match(
        await cloud.refused(409, "PUT", path, { subnet_id: segment.subnetId }),
        /required by one or more floating/,
      );
      const none = { external_gateway_info: {} };
      assert.match(
        await cloud.refusedPut(409, "routers", "router", segment.routerId, none),
        /is required by one or more floating/,
      );
      const elsewhere = { fixed_ips: [{ ip_address: "10.25.0.77" }] };
      assert.match(await cloud.refusedPut(400, "ports", "port", vip, elsewhere), /associated to a floating ip/);
      await cloud.done("DELETE", `${V2}/ports/${vip}`);
      assert.equal(at(await cloud.shown("floatingips", "floatingip", id), "port_id"), null);
    });
  });
});

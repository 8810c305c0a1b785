/** Neutron's double: addresses and subnets, tags and revisions, and the shape of its refusals. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest } from "./cloudUnderTest.ts";

const V2 = "/network/v2.0";
const NOBODY = "00000000-0000-4000-8000-000000000000";

describe("Neutron's double", () => {
  let cloud: CloudUnderTest;
  let segment: Awaited<ReturnType<CloudUnderTest["madeSegment"]>>;

  beforeEach(async () => {
    cloud = await CloudUnderTest.start();
    segment = await cloud.madeSegment();
  });
  afterEach(() => cloud.end());

  const port = (attributes: Record<string, unknown> = {}) =>
    cloud.made("ports", "port", { network_id: segment.networkId, ...attributes });
  const refusedPort = (status: number, attributes: Record<string, unknown>) =>
    cloud.refused(status, "POST", `${V2}/ports`, { port: { network_id: segment.networkId, ...attributes } });

  describe("addresses", () => {
    it("gives the lowest free address of the pool", async () => {
      assert.equal(
        textAt(await cloud.shown("ports", "port", await port()), "fixed_ips", 0, "ip_address"),
        "10.25.0.200",
      );
      assert.equal(
        textAt(await cloud.shown("ports", "port", await port()), "fixed_ips", 0, "ip_address"),
        "10.25.0.201",
      );
    });

    it("gives the address asked for, outside of the pool too, once", async () => {
      const fixed = { fixed_ips: [{ subnet_id: segment.subnetId, ip_address: "10.25.0.10" }] };
      await port(fixed);
      assert.match(await refusedPort(409, fixed), /10\.25\.0\.10 already allocated in subnet/);
    });

    for (const [address, why] of [
      ["10.99.0.1", "not a valid IP for the specified subnet"],
      ["10.25.0.0", "not a valid IP for the specified subnet"],
      ["10.25.0.255", "not a valid IP for the specified subnet"],
      ["10.25.0.300", "is not a valid IP address"],
    ] as const) {
      it(`refuses ${address}`, async () => {
        const fixed = { fixed_ips: [{ subnet_id: segment.subnetId, ip_address: address }] };
        assert.match(await refusedPort(400, fixed), new RegExp(why));
      });
    }

    it("refuses when the pool is empty, and finds the address that comes free", async () => {
      const subnet = { network_id: segment.networkId, cidr: "10.26.0.0/30", ip_version: 4 };
      const tiny = await cloud.made("subnets", "subnet", subnet);
      const only = await port({ fixed_ips: [{ subnet_id: tiny }] });
      assert.match(await refusedPort(409, { fixed_ips: [{ subnet_id: tiny }] }), /No more IP addresses/);
      await cloud.done("DELETE", `${V2}/ports/${only}`);
      await port({ fixed_ips: [{ subnet_id: tiny }] });
    });

    it("has no address for a port that wants none, or whose network has no subnet", async () => {
      assert.deepEqual(listAt(await cloud.shown("ports", "port", await port({ fixed_ips: [] })), "fixed_ips"), []);
      const bare = await cloud.made("networks", "network", { name: "bare" });
      const lonely = await cloud.made("ports", "port", { network_id: bare });
      assert.deepEqual(listAt(await cloud.shown("ports", "port", lonely), "fixed_ips"), []);
    });

    it("makes MAC addresses of its own kind and refuses one in use", async () => {
      const mac = textAt(await cloud.shown("ports", "port", await port()), "mac_address");
      assert.match(mac, /^fa:16:3e(?::[0-9a-f]{2}){3}$/);
      assert.match(await refusedPort(409, { mac_address: mac.toUpperCase() }), /mac address .* is in use/);
      assert.match(await refusedPort(400, { mac_address: "01:00:5e:00:00:12" }), /not a valid MAC address/);
    });
  });

  describe("subnets", () => {
    const subnet = (attributes: Record<string, unknown>) => ({
      subnet: { network_id: segment.networkId, ip_version: 4, ...attributes },
    });

    it("puts the gateway first and the pools around it", async () => {
      const id = await cloud.made(
        "subnets",
        "subnet",
        subnet({ cidr: "10.30.0.0/29", gateway_ip: "10.30.0.3" }).subnet,
      );
      assert.deepEqual(listAt(await cloud.shown("subnets", "subnet", id), "allocation_pools"), [
        { start: "10.30.0.1", end: "10.30.0.2" },
        { start: "10.30.0.4", end: "10.30.0.6" },
      ]);
    });

    for (const [attributes, status, why] of [
      [{ cidr: "10.25.0.128/25" }, 400, /overlaps with another subnet/],
      [{ cidr: "10.30.0.0" }, 400, /is not in a CIDR format/],
      [{ cidr: "10.30.0.0/24", gateway_ip: "10.31.0.1" }, 400, /Gateway is not valid on subnet/],
      [
        { cidr: "10.30.0.0/24", allocation_pools: [{ start: "10.30.0.1", end: "10.30.0.9" }] },
        409,
        /conflicts with allocation pool/,
      ],
      [
        { cidr: "10.30.0.0/24", allocation_pools: [{ start: "10.30.0.9", end: "10.30.1.9" }] },
        400,
        /spans beyond the subnet cidr/,
      ],
      [{ cidr: "10.30.0.0/24", allocation_pools: [{ start: "10.30.0.9", end: "10.30.0.8" }] }, 400, /is after its end/],
      [{ cidr: "fd00::/64", ip_version: 6 }, 400, /IPv4 subnets only/],
      [
        { cidr: "10.30.0.0/24", host_routes: [{ destination: "0.0.0.0/0", nexthop: "10.30.0.9" }] },
        400,
        /no host routes/,
      ],
    ] as const) {
      it(`refuses ${JSON.stringify(attributes)}`, async () => {
        assert.match(await cloud.refused(status, "POST", `${V2}/subnets`, subnet(attributes)), why);
      });
    }

    it("cannot go, nor change its gateway, while ports have its addresses", async () => {
      assert.match(await cloud.refused(409, "DELETE", `${V2}/subnets/${segment.subnetId}`), /IP allocation/);
      assert.match(
        await cloud.refusedPut(409, "subnets", "subnet", segment.subnetId, { gateway_ip: "10.25.0.9" }),
        /already in use by port/,
      );
    });
  });

  it("adds, shows and removes one tag", async () => {
    const path = `${V2}/networks/${segment.networkId}/tags`;
    assert.equal((await cloud.call("PUT", `${path}/red`)).status, 201);
    assert.equal((await cloud.call("GET", `${path}/red`)).status, 204);
    assert.deepEqual(await cloud.done("GET", path), { tags: ["red"] });
    await cloud.done("DELETE", `${path}/red`);
    assert.match(await cloud.refused(404, "DELETE", `${path}/red`), /Tag red could not be found/);
    await cloud.done("DELETE", path);
  });

  it("counts revisions and holds a change to the one it names", async () => {
    const path = `${V2}/networks/${segment.networkId}`;
    const before = Number(at(await cloud.shown("networks", "network", segment.networkId), "revision_number"));
    await cloud.put("networks", "network", segment.networkId, { name: "renamed" });
    assert.equal(at(await cloud.shown("networks", "network", segment.networkId), "revision_number"), before + 1);
    const late = { "If-Match": `revision_number=${before}` };
    await cloud.refused(412, "PUT", path, { network: { name: "late" } }, late);
  });

  describe("error shapes", () => {
    for (const [collection, type, message] of [
      ["networks", "NetworkNotFound", `Network ${NOBODY} could not be found.`],
      ["subnets", "SubnetNotFound", `Subnet ${NOBODY} could not be found.`],
      ["ports", "PortNotFound", `Port ${NOBODY} could not be found.`],
      ["security-groups", "SecurityGroupNotFound", `Security group ${NOBODY} does not exist`],
      ["security-group-rules", "SecurityGroupRuleNotFound", `Security group rule ${NOBODY} does not exist`],
      ["routers", "RouterNotFound", `Router ${NOBODY} could not be found`],
      ["floatingips", "FloatingIPNotFound", `Floating IP ${NOBODY} could not be found`],
    ] as const) {
      it(`404 ${type}`, async () => {
        for (const method of ["GET", "DELETE"]) {
          const answer = await cloud.call(method, `${V2}/${collection}/${NOBODY}`);
          assert.equal(answer.status, 404);
          assert.deepEqual(answer.body, { NeutronError: { type, message, detail: "" } });
        }
      });
    }

    it("has one for bad JSON, a wrong body, unknown and missing attributes, and no such path", async () => {
      assert.match(await cloud.refused(400, "POST", `${V2}/ports`, "{"), /Malformed request body/);
      assert.match(await cloud.refused(400, "POST", `${V2}/ports`, {}), /Unable to find 'port' in request body/);
      assert.match(await refusedPort(400, { bogus: 1, name: 7 }), /Unrecognized attribute\(s\) 'bogus'/);
      assert.match(await cloud.refused(400, "POST", `${V2}/ports`, { port: {} }), /Required attribute 'network_id'/);
      assert.match(await refusedPort(400, { name: 7 }), /Invalid input for name\. Reason: 7 is not a valid string/);
      await cloud.refused(404, "GET", `${V2}/trunks`);
      await cloud.refused(415, "POST", `${V2}/ports`, "port=1", {
        "Content-Type": "application/x-www-form-urlencoded",
      });
    });

    it("has 403 for another project's and the region's own things", async () => {
      assert.match(await refusedPort(403, { tenant_id: "theirs" }), /is not yours/);
      assert.match(await cloud.refused(403, "DELETE", `${V2}/networks/${segment.externalId}`), /disallowed by policy/);
    });
  });
});

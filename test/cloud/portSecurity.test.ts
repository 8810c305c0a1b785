/** Neutron's port security and security groups. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest } from "./cloudUnderTest.ts";

const V2 = "/network/v2.0";
const NOBODY = "00000000-0000-4000-8000-000000000000";

describe("Neutron's double: who may send what", () => {
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

  describe("port security", () => {
    it("gives the default group, and the port's own MAC to a pair", async () => {
      const made = await cloud.shown(
        "ports",
        "port",
        await port({ allowed_address_pairs: [{ ip_address: "10.25.0.10" }] }),
      );
      const mac = textAt(made, "mac_address");
      assert.deepEqual(listAt(made, "allowed_address_pairs"), [{ ip_address: "10.25.0.10", mac_address: mac }]);
      const [groupId] = listAt(made, "security_groups");
      assert.equal(textAt(await cloud.shown("security-groups", "security_group", String(groupId)), "name"), "default");
    });

    it("refuses pairs without it", async () => {
      const attributes = { port_security_enabled: false, allowed_address_pairs: [{ ip_address: "10.25.0.10" }] };
      assert.match(
        await refusedPort(409, attributes),
        /Port Security must be enabled in order to have allowed address pairs/,
      );
      const id = await port({ port_security_enabled: false });
      assert.deepEqual(listAt(await cloud.shown("ports", "port", id), "security_groups"), []);
      const pairs = { allowed_address_pairs: [{ ip_address: "10.25.0.10" }] };
      assert.match(await cloud.refusedPut(409, "ports", "port", id, pairs), /Port Security must be enabled/);
    });

    it("cannot be switched off while there are pairs or groups", async () => {
      const id = await port({ allowed_address_pairs: [{ ip_address: "10.25.0.10" }] });
      const off = { port_security_enabled: false };
      assert.match(await cloud.refusedPut(409, "ports", "port", id, off), /allowed address pairs/);
      assert.match(
        await cloud.refusedPut(409, "ports", "port", id, { ...off, allowed_address_pairs: [] }),
        /security group/,
      );
      await cloud.put("ports", "port", id, { ...off, allowed_address_pairs: [], security_groups: [] });
    });

    it("is the network's word for new ports", async () => {
      const open = await cloud.made("networks", "network", { name: "open", port_security_enabled: false });
      const id = await cloud.made("ports", "port", { network_id: open });
      assert.equal(at(await cloud.shown("ports", "port", id), "port_security_enabled"), false);
    });

    it("refuses the same pair twice, an eleventh one, and one that is no address", async () => {
      const pair = { ip_address: "10.25.0.10" };
      assert.match(await refusedPort(400, { allowed_address_pairs: [pair, pair] }), /duplicate address pair: .* None/);
      const mac = "fa:16:3e:00:00:01";
      const spelt = [pair, { ...pair, mac_address: mac }];
      assert.match(
        await refusedPort(400, { mac_address: mac, allowed_address_pairs: spelt }),
        /duplicate address pair: mac_address fa:16:3e:00:00:01 /,
      );
      const many = Array.from({ length: 11 }, (_, index) => ({ ip_address: `10.25.0.${index + 20}` }));
      assert.match(await refusedPort(400, { allowed_address_pairs: many }), /exceeds the maximum 10/);
      assert.match(
        await refusedPort(400, { allowed_address_pairs: [{ ip_address: "here" }] }),
        /^'here' is not a valid IP address$/,
      );
      assert.match(await refusedPort(400, { allowed_address_pairs: [{}] }), /'ip_address' is missing/);
    });
  });

  describe("security groups", () => {
    const rule = (securityGroupId: string, attributes: Record<string, unknown>) => ({
      security_group_rule: {
        security_group_id: securityGroupId,
        direction: "ingress",
        ethertype: "IPv4",
        ...attributes,
      },
    });
    const refusedRules = [
      [{ protocol: "vrpp" }, 400, /protocol vrpp not supported/],
      [{ protocol: "256" }, 400, /protocol 256 not supported/],
      [{ port_range_min: 1, port_range_max: 2 }, 400, /Must also specify protocol/],
      [{ protocol: "tcp", port_range_min: 9, port_range_max: 2 }, 400, /port_range_min must be <= port_range_max/],
      [{ protocol: "tcp", port_range_min: 9, port_range_max: 70_000 }, 400, /Invalid value for port 70000/],
      [{ protocol: "vrrp", port_range_min: 9, port_range_max: 9 }, 400, /Ports cannot be specified for protocol 112/],
      [{ protocol: "icmp", port_range_max: 9 }, 400, /ICMP type \(port-range-min\) is missing/],
      [{ remote_ip_prefix: "fd00::/8" }, 400, /Conflicting value ethertype IPv4 for CIDR fd00::\/8/],
      [{ remote_ip_prefix: "10.0.0.0/8", remote_group_id: NOBODY }, 400, /Only remote_ip_prefix or remote_group_id/],
      [{ remote_group_id: NOBODY }, 404, /does not exist/],
      [{ direction: "sideways" }, 400, /Invalid input for direction/],
    ] as const;
    for (const [attributes, status, why] of refusedRules) {
      it(`refuses a rule with ${JSON.stringify(attributes)}`, async () => {
        const group = await cloud.made("security-groups", "security_group", { name: "edge" });
        assert.match(await cloud.refused(status, "POST", `${V2}/security-group-rules`, rule(group, attributes)), why);
      });
    }

    it("keeps the protocol as it was spelt and knows the same rule in another spelling", async () => {
      const answer = await cloud.done("POST", `${V2}/security-groups`, { security_group: { name: "edge" } });
      const group = textAt(answer, "security_group", "id");
      assert.equal(listAt(answer, "security_group", "security_group_rules").length, 2, "everything may leave");
      const made = await cloud.done("POST", `${V2}/security-group-rules`, rule(group, { protocol: "112" }));
      assert.equal(textAt(made, "security_group_rule", "protocol"), "112");
      const again = await cloud.refused(409, "POST", `${V2}/security-group-rules`, rule(group, { protocol: "vrrp" }));
      assert.match(again, /already exists\. Rule id is/);
    });

    it("stay while a port has them, and the default one always", async () => {
      const group = await cloud.made("security-groups", "security_group", { name: "edge" });
      const id = await port({ security_groups: [group] });
      assert.match(await cloud.refused(409, "DELETE", `${V2}/security-groups/${group}`), /in use/);
      await cloud.put("ports", "port", id, { security_groups: [] });
      await cloud.done("DELETE", `${V2}/security-groups/${group}`);
      const listed = await cloud.done("GET", `${V2}/security-groups?name=default`);
      const path = `${V2}/security-groups/${textAt(listed, "security_groups", 0, "id")}`;
      assert.match(await cloud.refused(409, "DELETE", path), /removing default security group/);
    });

    it("take the rules that name them along", async () => {
      const [friends, edge] = [
        await cloud.made("security-groups", "security_group", { name: "friends" }),
        await cloud.made("security-groups", "security_group", { name: "edge" }),
      ];
      await cloud.done("POST", `${V2}/security-group-rules`, rule(edge, { remote_group_id: friends }));
      await cloud.done("DELETE", `${V2}/security-groups/${friends}`);
      const rules = listAt(await cloud.shown("security-groups", "security_group", edge), "security_group_rules");
      assert.equal(rules.length, 2);
    });
  });
});

/** The vRack, private networks, instances, flavors and floating IPs of OVH's double. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest, FLAVOR, OVH } from "./cloudUnderTest.ts";
import { OvhCaller, projectPath, publicServer } from "./ovhClient.ts";

const VRACK = "/1.0/vrack/pn-100042";

describe("OVH's side of the networks", () => {
  let clock = Date.parse("2026-11-21T02:05:13Z");
  let cloud: CloudUnderTest;
  let operator: OvhCaller;
  let project: string;
  let path: string;
  before(async () => {
    cloud = await CloudUnderTest.start({
      now: () => clock,
      flavors: [FLAVOR, { ...FLAVOR, id: "metal", failoverIp: false }],
    });
    operator = OvhCaller.withKey(cloud, OVH.operator, () => clock);
    project = cloud.cloud.snapshot().projectId;
    path = projectPath(cloud);
  });
  after(() => cloud.end());

  it("takes the project out of the vRack and back, each by a task that is gone when it is done", async () => {
    assert.deepEqual(await operator.done("GET", `${VRACK}/cloudProject`), [project]);
    assert.equal(textAt(await operator.done("GET", `${path}/vrack`), "id"), "pn-100042");
    assert.match(
      textAt(await operator.refused(409, "POST", `${VRACK}/cloudProject`, { project }), "message"),
      /already/,
    );
    for (const [method, where, body, then] of [
      ["DELETE", `${VRACK}/cloudProject/${project}`, undefined, 404],
      ["POST", `${VRACK}/cloudProject`, { project }, 200],
    ] as const) {
      const task = await operator.done(method, where, body);
      assert.equal(at(task, "serviceName"), "pn-100042");
      const taskPath = `${VRACK}/task/${String(at(task, "id"))}`;
      assert.equal(at(await operator.done("GET", taskPath), "status"), "doing");
      await operator.refused(409, "POST", `${VRACK}/cloudProject`, { project });
      clock += 500;
      await operator.refused(404, "GET", taskPath);
      assert.equal((await operator.call("GET", `${VRACK}/cloudProject/${project}`)).status, then);
      assert.equal((await operator.call("GET", `${path}/vrack`)).status, then);
      if (then === 404) {
        const vrack = { name: "ha", "provider:network_type": "vrack", "provider:segmentation_id": "42" };
        const message = await cloud.refused(400, "POST", "/network/v2.0/networks", { network: vrack });
        assert.equal(message, "Can not get vrack_id and segmentation_id value from DB!");
      }
    }
    await operator.refused(404, "GET", "/1.0/vrack/pn-1/cloudProject");
  });

  it("makes private networks that Neutron has too, with the VLAN and the vRack's MTU", async () => {
    const body = { name: "ha", vlanId: 42, regions: ["RegionLocal"] };
    const made = await operator.done("POST", `${path}/network/private`, body);
    const building = { region: "RegionLocal", status: "BUILDING", openstackId: null };
    assert.deepEqual(made, {
      id: "pn-100042_42",
      name: "ha",
      vlanId: 42,
      type: "private",
      status: "BUILDING",
      regions: [building],
    });
    await operator.refused(409, "POST", `${path}/network/private`, body);
    clock += 500;
    const built = await operator.done("GET", `${path}/network/private/pn-100042_42`);
    assert.equal(at(built, "status"), "ACTIVE");
    const id = textAt(built, "regions", 0, "openstackId");
    const network = await cloud.shown("networks", "network", id);
    const provider = cloud.cloud.snapshot().networks.find((one) => one.id === id)?.provider;
    assert.deepEqual([provider?.networkType, provider?.segmentationId, at(network, "mtu")], ["vrack", 42, 9000]);
    const subnet = { cidr: "10.25.0.0/24", enableDhcp: false, enableGatewayIp: false, ipVersion: 4 };
    const regional = `${path}/region/RegionLocal/network/${id}/subnet`;
    const subnetMade = await operator.done("POST", regional, {
      ...subnet,
      allocationPools: [{ start: "10.25.0.100", end: "10.25.0.200" }],
    });
    assert.deepEqual([at(subnetMade, "gatewayIp"), at(subnetMade, "dhcpEnabled")], [null, false]);
    assert.equal(listAt(await operator.done("GET", `${path}/network/private/pn-100042_42/subnet`)).length, 1);
    await operator.refused(409, "DELETE", `${VRACK}/cloudProject/${project}`);
    await operator.done("DELETE", `${path}/network/private/pn-100042_42`);
    await operator.refused(404, "GET", `${path}/network/private/pn-100042_42`);
  });

  it("knows the networks that were made with Neutron, and refuses VLANs and regions that cannot be", async () => {
    await cloud.made("networks", "network", {
      "provider:network_type": "vrack",
      "provider:segmentation_id": "7",
    });
    const ids = listAt(await operator.done("GET", `${path}/network/private`)).map((one) => at(one, "id"));
    assert.deepEqual(ids, ["pn-100042_7"]);
    const old = {
      network: "10.7.0.0/24",
      region: "RegionLocal",
      start: "10.7.0.10",
      end: "10.7.0.20",
      noGateway: true,
    };
    const made = await operator.done("POST", `${path}/network/private/pn-100042_7/subnet`, old);
    assert.deepEqual([at(made, "cidr"), at(made, "gatewayIp")], ["10.7.0.0/24", null]);
    await operator.refused(400, "POST", `${path}/network/private`, { name: "x", vlanId: 4096 });
    await operator.refused(404, "POST", `${path}/network/private`, { name: "x", vlanId: 9, regions: ["GRA11"] });
  });

  it("shows instances with their addresses, and flavors with what they can do", async () => {
    const { id, address } = await publicServer(cloud, "edge-1");
    const shown = await operator.done("GET", `${path}/instance/${id}`);
    assert.deepEqual(
      [at(shown, "name"), at(shown, "status"), at(shown, "region")],
      ["edge-1", "ACTIVE", "RegionLocal"],
    );
    assert.deepEqual([at(shown, "ipAddresses", 0, "ip"), at(shown, "ipAddresses", 0, "type")], [address, "public"]);
    assert.equal(listAt(await operator.done("GET", `${path}/instance`)).length, 1);
    assert.equal(at(await operator.done("GET", `${path}/instance/${id}/interface`), 0, "type"), "public");
    await operator.refused(404, "GET", `${path}/instance/11111111-2222-4333-8444-555555555555`);
    const able = listAt(await operator.done("GET", `${path}/flavor`)).map((flavor) =>
      listAt(flavor, "capabilities").find((capability) => at(capability, "name") === "failoverip"),
    );
    assert.deepEqual(able, [
      { name: "failoverip", enabled: true },
      { name: "failoverip", enabled: false },
    ]);
  });

  it("associates a floating IP by an operation", async () => {
    const { networkId, externalId } = await cloud.madeSegment();
    const id = await cloud.activeServer({ name: "inside", networks: [{ uuid: networkId }] });
    const floatingIpId = await cloud.made("floatingips", "floatingip", { floating_network_id: externalId });
    const ip = textAt(await operator.done("GET", `${path}/instance/${id}`), "ipAddresses", 0, "ip");
    const region = `${path}/region/RegionLocal`;
    const begun = await operator.done("POST", `${region}/instance/${id}/associateFloatingIp`, { floatingIpId, ip });
    assert.deepEqual([at(begun, "status"), at(begun, "resourceId")], ["in-progress", null]);
    clock += 500;
    const done = await operator.done("GET", `${path}/operation/${textAt(begun, "id")}`);
    assert.deepEqual([at(done, "status"), at(done, "resourceId")], ["completed", floatingIpId]);
    const shown = await operator.done("GET", `${region}/floatingip/${floatingIpId}`);
    assert.deepEqual([at(shown, "associatedEntity", "id"), at(shown, "associatedEntity", "ip")], [id, ip]);
    await operator.done("POST", `${region}/floatingip/${floatingIpId}/detach`);
    assert.equal(at(await operator.done("GET", `${region}/floatingip/${floatingIpId}`), "status"), "down");
  });

  it("describes the project", async () => {
    assert.equal(textAt(await operator.done("GET", path), "project_id"), project);
    assert.deepEqual(await operator.done("GET", `${path}/region`), ["RegionLocal"]);
    assert.deepEqual(await operator.done("GET", "/1.0/cloud/project"), [project]);
    assert.equal(textAt(await operator.done("GET", "/1.0/me"), "nichandle"), "xx11111-ovh");
  });
});

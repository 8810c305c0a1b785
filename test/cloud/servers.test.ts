/** Nova's servers, from their making to their end. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { at, listAt, textAt, until } from "./cloudCaller.ts";
import { BIG_FLAVOR, CloudUnderTest, FLAVOR, OTHER_IMAGE } from "./cloudUnderTest.ts";

const V21 = "/compute/v2.1";
const dialect = (version: string) => ({ "OpenStack-API-Version": `compute ${version}` });

describe("Nova's double: servers", () => {
  let cloud: CloudUnderTest;
  let networkId: string;

  beforeEach(async () => {
    cloud = await CloudUnderTest.start();
    ({ networkId } = await cloud.madeSegment());
  });
  afterEach(() => cloud.end());

  const active = (attributes: Record<string, unknown> = {}) =>
    cloud.activeServer({ networks: [{ uuid: networkId }], ...attributes });
  const made = (name: string, attributes: Record<string, unknown>) => cloud.made(`${name}s`, name, attributes);

  describe("a server's life", () => {
    it("is BUILD until the hypervisor says active, and its port follows", async () => {
      cloud.hypervisor.hold();
      const portId = await made("port", { network_id: networkId });
      const id = await cloud.madeServer({ networks: [{ port: portId }] });
      assert.equal(await cloud.serverStatus(id), "BUILD");
      assert.match(await cloud.refusedAct(409, id, { "os-getConsoleOutput": {} }), /is not ready/);
      const before = at(await cloud.done("GET", `/network/v2.0/ports/${portId}`), "port");
      assert.deepEqual(
        [at(before, "status"), at(before, "device_owner"), at(before, "device_id")],
        ["DOWN", "compute:nova", id],
      );
      cloud.hypervisor.release();
      await cloud.serverBecomes(id, "ACTIVE");
      const after = at(await cloud.done("GET", `/network/v2.0/ports/${portId}`), "port");
      assert.deepEqual([at(after, "status"), cloud.record(id)?.host], ["ACTIVE", "compute-1"]);
    });

    it("is ERROR with the hypervisor's reason, and a hard reboot tries again", async () => {
      cloud.hypervisor.bootFailure = "the image is broken";
      const id = await cloud.madeServer({ networks: [] });
      await cloud.serverBecomes(id, "ERROR");
      assert.equal(textAt(await cloud.server(id), "fault", "message"), "the image is broken");
      assert.match(await cloud.refusedAct(409, id, { "os-start": null }), /while it is in vm_state error/);
      await cloud.act(id, { reboot: { type: "HARD" } });
      await cloud.serverBecomes(id, "ACTIVE");
      assert.equal(at(await cloud.server(id), "fault"), undefined);
    });

    it("is SHUTOFF at once when it is stopped in ERROR, and can then be started", async () => {
      cloud.hypervisor.bootFailure = "no room";
      const id = await cloud.madeServer({ networks: [] });
      await cloud.serverBecomes(id, "ERROR");
      await cloud.act(id, { "os-stop": null });
      assert.equal(await cloud.serverStatus(id), "SHUTOFF");
      await cloud.act(id, { "os-start": null });
      await cloud.serverBecomes(id, "ACTIVE");
    });

    it("stays off when its plug was pulled, until somebody starts it", async () => {
      const id = await active();
      await cloud.hypervisor.powerCut(id);
      await cloud.serverBecomes(id, "SHUTOFF");
      await made("network", { name: "another change of the region" });
      await until("the region converged", () => cloud.hypervisor.plan?.segments.length === 3);
      assert.equal(cloud.hypervisor.machineState(id), "shutoff");
      await cloud.act(id, { "os-start": null });
      await cloud.serverBecomes(id, "ACTIVE");
    });

    it("starts again when its plug was pulled and it was started within one convergence", async () => {
      const id = await active();
      cloud.hypervisor.hold();
      await made("network", { name: "another change of the region" });
      await until("the region converges", () => cloud.hypervisor.plan?.segments.length === 3);
      await cloud.hypervisor.powerCut(id);
      await cloud.serverBecomes(id, "SHUTOFF");
      await cloud.act(id, { "os-start": null });
      cloud.hypervisor.release();
      await cloud.serverBecomes(id, "ACTIVE");
    });

    it("stops, refuses to stop again, and starts", async () => {
      const id = await active();
      await cloud.act(id, { "os-stop": null });
      await cloud.serverBecomes(id, "SHUTOFF");
      assert.equal(cloud.hypervisor.machineState(id), "shutoff");
      assert.match(await cloud.refusedAct(409, id, { "os-stop": null }), /Cannot 'stop' instance .* vm_state stopped/);
      await cloud.act(id, { "os-start": null });
      await cloud.serverBecomes(id, "ACTIVE");
    });

    for (const type of ["SOFT", "HARD"]) {
      it(`reboots ${type.toLowerCase()}`, async () => {
        const id = await active();
        const launched = cloud.record(id)?.launchedAt;
        await cloud.act(id, { reboot: { type } });
        await cloud.serverBecomes(id, "ACTIVE");
        assert.deepEqual(cloud.hypervisor.reboots, [`${type.toLowerCase()} ${id}`]);
        assert.equal(cloud.record(id)?.launchedAt, launched);
        assert.equal(cloud.record(id)?.task, null);
      });
    }

    it("is out of the region at once when deleted, and gone when that converged", async () => {
      const own = await active();
      const portId = await made("port", { network_id: networkId });
      const id = await active({ networks: [{ port: portId }] });
      cloud.hypervisor.hold();
      await cloud.done("DELETE", `${V21}/servers/${id}`);
      await cloud.done("DELETE", `${V21}/servers/${own}`);
      assert.equal(at(await cloud.server(id), "OS-EXT-STS:task_state"), "deleting");
      cloud.hypervisor.release();
      await cloud.serverBecomes(id, "gone");
      await cloud.serverBecomes(own, "gone");
      const { ports } = cloud.cloud.snapshot();
      const left = ports.filter(
        (port) => port.networkId === networkId && port.deviceOwner !== "network:router_interface",
      );
      assert.deepEqual(
        left.map((port) => [port.id, port.deviceId]),
        [[portId, ""]],
        "its own port stays, unbound",
      );
    });

    it("goes although a convergence failed first", async () => {
      const id = await active();
      cloud.hypervisor.convergenceFailure = new Error("not now");
      await cloud.done("DELETE", `${V21}/servers/${id}`);
      await cloud.serverBecomes(id, "gone");
    });
  });

  describe("changes", () => {
    it("renames without touching the drive", async () => {
      const id = await active();
      const drive = cloud.record(id)?.configDrive;
      await cloud.done("PUT", `${V21}/servers/${id}`, { server: { name: "renamed" } });
      assert.equal(textAt(await cloud.server(id), "name"), "renamed");
      assert.deepEqual(cloud.record(id)?.configDrive, drive);
    });

    it("resizes, waits for the owner's word, and takes it back", async () => {
      const id = await active();
      const flavorOf = async () => at(await cloud.server(id), "flavor", "id");
      assert.match(await cloud.refusedAct(400, id, { resize: { flavorRef: FLAVOR.id } }), /must change flavor/);
      await cloud.act(id, { resize: { flavorRef: BIG_FLAVOR.id } });
      await cloud.serverBecomes(id, "VERIFY_RESIZE");
      assert.equal(await flavorOf(), BIG_FLAVOR.id);
      await cloud.act(id, { revertResize: null });
      await cloud.serverBecomes(id, "ACTIVE");
      assert.equal(await flavorOf(), FLAVOR.id);
      await cloud.act(id, { resize: { flavorRef: BIG_FLAVOR.id } });
      await cloud.serverBecomes(id, "VERIFY_RESIZE");
      await cloud.act(id, { confirmResize: null });
      assert.equal(await cloud.serverStatus(id), "ACTIVE");
      assert.match(await cloud.refusedAct(409, id, { confirmResize: null }), /vm_state active/);
    });

    it("rebuilds with a new disk, keeping id, port and user data", async () => {
      const id = await active({ user_data: Buffer.from("#cloud-config\n").toString("base64") });
      const portIds = cloud.record(id)?.portIds;
      await cloud.act(id, { rebuild: { imageRef: OTHER_IMAGE.id } });
      await cloud.serverBecomes(id, "ACTIVE");
      const planned = cloud.hypervisor.plan?.servers.find((server) => server.id === id);
      assert.deepEqual([planned?.imageId, planned?.generation, planned?.portIds], [OTHER_IMAGE.id, 2, portIds]);
      assert.equal(planned?.configDrive["openstack/latest/user_data"], "#cloud-config\n");
    });

    it("rebuilds a stopped server and leaves it off", async () => {
      const id = await active();
      await cloud.act(id, { "os-stop": null });
      await cloud.serverBecomes(id, "SHUTOFF");
      await cloud.act(id, { rebuild: { imageRef: OTHER_IMAGE.id } });
      await cloud.serverBecomes(id, "SHUTOFF");
      assert.equal(cloud.record(id)?.generation, 2);
    });

    it("attaches and detaches cards while it runs", async () => {
      const id = await active();
      const portId = await made("port", { network_id: networkId });
      const path = `${V21}/servers/${id}/os-interface`;
      await cloud.done("POST", path, { interfaceAttachment: { port_id: portId } });
      assert.equal(listAt(await cloud.done("GET", path), "interfaceAttachments").length, 2);
      assert.equal(textAt(await cloud.done("GET", `${path}/${portId}`), "interfaceAttachment", "net_id"), networkId);
      const again = await cloud.refused(409, "POST", path, { interfaceAttachment: { port_id: portId } });
      assert.match(again, /is still in use/);
      await cloud.done("DELETE", `${path}/${portId}`);
      await cloud.refused(404, "GET", `${path}/${portId}`);
      const made2 = await cloud.done("POST", path, { interfaceAttachment: { net_id: networkId } });
      const own = textAt(made2, "interfaceAttachment", "port_id");
      await cloud.done("DELETE", `${path}/${own}`);
      await cloud.refused(404, "GET", `/network/v2.0/ports/${own}`);
    });

    it("adds and removes a security group on all its ports", async () => {
      const id = await active();
      await cloud.made("security-groups", "security_group", { name: "edge" });
      const names = async () => listAt(await cloud.server(id), "security_groups").map((group) => at(group, "name"));
      await cloud.act(id, { addSecurityGroup: { name: "edge" } });
      assert.deepEqual(await names(), ["default", "edge"]);
      await cloud.act(id, { removeSecurityGroup: { name: "default" } });
      assert.deepEqual(await names(), ["edge"]);
      await cloud.refusedAct(404, id, { addSecurityGroup: { name: "nobody's" } });
    });

    it("keeps metadata and tags", async () => {
      const id = await active({ metadata: { role: "edge", old: "1" } });
      const path = `${V21}/servers/${id}/metadata`;
      await cloud.done("POST", path, { metadata: { role: "core" } });
      await cloud.done("DELETE", `${path}/old`);
      await cloud.refused(404, "DELETE", `${path}/old`);
      await cloud.done("PUT", `${path}/site`, { meta: { site: "gra" } });
      assert.deepEqual(await cloud.done("GET", path), { metadata: { role: "core", site: "gra" } });
      assert.match(await cloud.refused(400, "POST", path, { metadata: { "a/b": "1" } }), /\('a\/b' was unexpected\)/);
      await cloud.refused(404, "GET", `${V21}/servers/${id}/tags`);
      await cloud.done("PUT", `${V21}/servers/${id}/tags`, { tags: ["edge"] }, dialect("2.26"));
      assert.deepEqual(await cloud.done("GET", `${V21}/servers/${id}/tags`, undefined, dialect("2.26")), {
        tags: ["edge"],
      });
    });

    it("shows its console, whole or the end of it", async () => {
      const id = await active({ name: "edge-1" });
      assert.deepEqual(await cloud.act(id, { "os-getConsoleOutput": {} }), {
        output: "booting edge-1\nready\nedge-1 login:\n",
      });
      assert.deepEqual(await cloud.act(id, { "os-getConsoleOutput": { length: 1 } }), { output: "edge-1 login:" });
    });
  });
});

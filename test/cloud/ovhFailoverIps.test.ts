/** Failover IPs of OVH's double: who gets them, how long it takes, and what the hypervisor is told. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "mocha";
import { USUAL_BEHAVIOUR } from "../../lab/cloud/ovh/context/behaviour.ts";
import { at, listAt, textAt, until } from "./cloudCaller.ts";
import { CloudUnderTest, FLAVOR, OVH } from "./cloudUnderTest.ts";
import { OvhCaller, projectPath, publicServer } from "./ovhClient.ts";

const ID = OVH.failoverIps[0]?.id ?? "";

describe("a failover IP", () => {
  let clock = Date.parse("2026-11-21T02:05:13Z");
  let cloud: CloudUnderTest;
  let operator: OvhCaller;
  let path: string;
  let first: { id: string; address: string };
  let second: { id: string; address: string };
  before(async () => {
    const flavors = [FLAVOR, { ...FLAVOR, id: "metal", name: "metal", failoverIp: false }];
    cloud = await CloudUnderTest.start({ now: () => clock, flavors });
    operator = OvhCaller.withKey(cloud, OVH.operator, () => clock);
    path = `${projectPath(cloud)}/ip/failover`;
    first = await publicServer(cloud, "edge-1");
    second = await publicServer(cloud, "edge-2");
  });
  after(() => cloud.end());
  afterEach(async () => {
    cloud.cloud.ovh.adjust(USUAL_BEHAVIOUR);
    clock += USUAL_BEHAVIOUR.moveMs;
    await shown();
  });

  const shown = (): Promise<unknown> => operator.done("GET", `${path}/${ID}`);
  const attach = (instanceId: string): Promise<unknown> =>
    operator.done("POST", `${path}/${ID}/attach`, { instanceId });
  const refused = async (status: number, instanceId: string): Promise<string> =>
    textAt(await operator.refused(status, "POST", `${path}/${ID}/attach`, { instanceId }), "message");
  const state = async (): Promise<unknown[]> => {
    const ip = await shown();
    return [at(ip, "status"), at(ip, "routedTo"), at(ip, "progress")];
  };
  const moved = async (instanceId: string): Promise<void> => {
    await attach(instanceId);
    clock += 2000;
    assert.deepEqual((await state()).slice(0, 2), ["ok", instanceId]);
  };
  const routes = (): unknown =>
    cloud.hypervisor.plan?.routes?.filter(({ destination }) => destination.startsWith("198.51.100."));

  it("is born ok and leads nowhere", async () => {
    const ips = listAt(await operator.done("GET", path));
    assert.deepEqual(ips[0], {
      id: ID,
      ip: "198.51.100.10",
      block: "198.51.100.10/32",
      continentCode: "EU",
      geoloc: "FR",
      status: "ok",
      progress: 0,
      subType: "cloud",
      routedTo: null,
    });
    assert.equal(ips.length, OVH.failoverIps.length);
    assert.deepEqual(listAt(await operator.done("GET", `${projectPath(cloud)}/ip`))[0], {
      id: ID,
      ip: "198.51.100.10/32",
      status: "ok",
      type: "failover",
    });
    assert.deepEqual(routes(), []);
  });

  it("moves in its own time", async () => {
    const answer = await attach(first.id);
    assert.equal(at(answer, "status"), "operationPending");
    assert.deepEqual(await state(), ["operationPending", first.id, 0]);
    assert.deepEqual(routes(), []);
    clock += 1000;
    assert.deepEqual(await state(), ["operationPending", first.id, 50]);
    clock += 1000;
    assert.deepEqual(await state(), ["ok", first.id, 100]);
    await until("the address is routed", () => JSON.stringify(routes()).includes(first.address));
    assert.deepEqual(routes(), [{ destination: "198.51.100.10/32", via: first.address }]);
    const port = cloud.hypervisor.plan?.ports.find(({ addresses }) => addresses[0]?.address === first.address);
    assert.deepEqual(
      port?.security?.allowedPairs.map(({ cidr }) => cidr),
      [`${first.address}/32`, "198.51.100.10/32"],
    );
  });

  it("stays when it is there already", async () => {
    await moved(first.id);
    assert.equal(at(await attach(first.id), "status"), "ok");
  });

  it("ends a move by itself, with nobody asking", async () => {
    await moved(first.id);
    cloud.cloud.ovh.adjust({ moveMs: 0 });
    await attach(second.id);
    await until("the address has moved", () => JSON.stringify(routes()).includes(second.address));
  });

  it("is refused a second move during the first, with 409 or 400", async () => {
    await moved(first.id);
    await attach(second.id);
    assert.match(await refused(409, first.id), /already pending/);
    cloud.cloud.ovh.adjust({ secondAttach: 400 });
    assert.match(await refused(400, second.id), /already pending/);
  });

  it("can name its old instance during a move, and leave it at the start", async () => {
    await moved(first.id);
    cloud.cloud.ovh.adjust({ pendingShows: "old", releaseAt: "start", progressWhenDone: 0 });
    await attach(second.id);
    assert.deepEqual(await state(), ["operationPending", first.id, 0]);
    await until("nobody has the address", () => JSON.stringify(routes()) === "[]");
    clock += 2000;
    assert.deepEqual(await state(), ["ok", second.id, 0]);
  });

  it("can be stuck in a move", async () => {
    await moved(first.id);
    cloud.cloud.ovh.adjust({ stuckUntil: clock + 60_000 });
    await attach(second.id);
    clock += 59_000;
    assert.deepEqual(await state(), ["operationPending", second.id, 99]);
    clock += 1000;
    assert.deepEqual((await state())[0], "ok");
  });

  it("can be shown as it was before", async () => {
    await moved(first.id);
    await moved(second.id);
    cloud.cloud.ovh.adjust({ staleUntil: clock + 1000 });
    assert.deepEqual((await state()).slice(0, 2), ["ok", first.id]);
    clock += 1000;
    assert.deepEqual((await state()).slice(0, 2), ["ok", second.id]);
  });

  it("goes to no instance that cannot have it", async () => {
    assert.match(await refused(404, "11111111-2222-4333-8444-555555555555"), /does not exist/);
    const { networkId } = await cloud.madeSegment();
    const inside = await cloud.activeServer({ name: "inside", networks: [{ uuid: networkId }] });
    assert.match(await refused(400, inside), /no public interface/);
    cloud.cloud.ovh.adjust({ newInstanceMs: 600_000 });
    assert.match(await refused(400, second.id), /no IP allocated yet/);
    cloud.cloud.ovh.adjust({ newInstanceMs: 0 });
    cloud.hypervisor.bootFailure = "no kernel";
    const broken = await cloud.madeServer({ name: "broken", networks: [] });
    await cloud.serverBecomes(broken, "ERROR");
    assert.match(await refused(400, broken), /not ready/);
  });

  it("outlives the instance that had it", async () => {
    const third = await publicServer(cloud, "edge-3");
    await moved(third.id);
    await cloud.done("DELETE", `/compute/v2.1/servers/${third.id}`);
    await cloud.serverBecomes(third.id, "gone");
    assert.deepEqual((await state()).slice(0, 2), ["ok", third.id]);
    await until("the route is gone", () => JSON.stringify(routes()) === "[]");
    await moved(first.id);
    await until("the route is back", () => JSON.stringify(routes()).includes(first.address));
  });

  it("belongs to a project that exists", async () => {
    const answer = await operator.refused(404, "GET", "/1.0/cloud/project/0123456789abcdef0123456789abcdef");
    assert.deepEqual(answer, { class: "Client::NotFound", message: "This service does not exist" });
    assert.equal(at(await operator.refused(404, "GET", `${path}/nothing`), "class"), "Client::NotFound");
  });
});

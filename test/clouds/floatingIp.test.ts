/** A floating IP between two members on Neutron's double: read, moved, refused, and moved again. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { ALONE } from "../../agent/claims/route.ts";
import { openstackFloatingIp } from "../../agent/clouds/openstackFloatingIp.ts";
import { AddressDriver } from "../../agent/node/addressDriver.ts";
import { at, textAt } from "../cloud/cloudCaller.ts";
import { CloudUnderTest } from "../cloud/cloudUnderTest.ts";

const V2 = "/network/v2.0";
const SOON_MS = 15_000;

interface Member {
  readonly driver: AddressDriver;
  readonly portId: string;
}

describe("a floating IP that agents move, at Neutron's double", function () {
  this.timeout(60_000);
  let cloud: CloudUnderTest;
  let floatingIpId: string;
  let members: Member[];

  before(async () => {
    cloud = await CloudUnderTest.start();
    const segment = await cloud.madeSegment();
    floatingIpId = await cloud.made("floatingips", "floatingip", { floating_network_id: segment.externalId });
    const address = textAt(await shown(), "floating_ip_address");
    const { userId } = cloud.cloud.snapshot();
    const path = `/identity/v3/users/${userId}/application_credentials`;
    const made = await cloud.done("POST", path, { application_credential: { name: "agents" } });
    const credential = at(made, "application_credential");
    const access = {
      authUrl: cloud.cloud.authUrl,
      region: "RegionLocal",
      applicationCredential: { id: textAt(credential, "id"), secret: textAt(credential, "secret") },
    };
    members = [];
    for (const [name, own] of [
      ["edge-1", "10.25.0.11"],
      ["edge-2", "10.25.0.12"],
    ] as const) {
      const fixed = { network_id: segment.networkId, fixed_ips: [{ ip_address: own }] };
      const portId = await cloud.made("ports", "port", fixed);
      const self = await cloud.activeServer({ name, networks: [{ port: portId }] });
      const rules = { self, takeBackMicros: 60_000_000 };
      const subject = { virtualRouter: "web", kind: "openstackFloatingIp", address };
      const api = openstackFloatingIp(access, address, self, own);
      const log = pino({ enabled: false });
      members.push({ portId, driver: new AddressDriver(subject, api, rules, ALONE, log, () => undefined) });
    }
  });
  after(async () => {
    for (const { driver } of members) driver.stop();
    await cloud.end();
  });

  const shown = (): Promise<unknown> => cloud.shown("floatingips", "floatingip", floatingIpId);

  /** The first is master, the other is not; waits until the address leads there. */
  async function becomeMaster(index: number): Promise<void> {
    members.forEach(({ driver }, place) => {
      driver.setMastership(place === index);
    });
    const { driver, portId } = members[index] ?? assert.fail();
    const untilMs = performance.now() + SOON_MS;
    while (driver.status().phase !== "held" || at(await shown(), "port_id") !== portId) {
      assert.ok(performance.now() < untilMs, JSON.stringify(driver.status()));
      await delay(10);
    }
  }

  it("leads to the master's port, and then to the next one's", async () => {
    for (const index of [0, 1, 0]) await becomeMaster(index);
  });

  it("is read again by its holder when the token is not good any more", async () => {
    cloud.cloud.faults.add({ path: /floatingips/, status: 401, times: 1 });
    await becomeMaster(1);
  });

  it("arrives when the cloud fails, and when it did what it said it had not", async () => {
    cloud.cloud.faults.add({ method: "PUT", path: /floatingips/, status: 500, times: 2 });
    await becomeMaster(0);
    cloud.cloud.faults.add({ method: "PUT", path: /floatingips/, status: 500, timing: "after", times: 1 });
    await becomeMaster(1);
  });

  it("waits for a port that has another floating IP already, and takes it when that is gone", async () => {
    const { portId } = members[0] ?? assert.fail();
    const networkId = textAt(await shown(), "floating_network_id");
    const other = await cloud.made("floatingips", "floatingip", { floating_network_id: networkId, port_id: portId });
    const arrival = becomeMaster(0);
    await delay(500);
    const { trouble } = members[0]?.driver.status() ?? assert.fail();
    assert.match(trouble?.message ?? "", /HTTP 409: Cannot associate floating IP/);
    await cloud.done("DELETE", `${V2}/floatingips/${other}`);
    await arrival;
  });
});

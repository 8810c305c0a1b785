/** A floating IP between two members on either cloud's Neutron, by the agent's own code: read, moved, refused, and moved again. */
import assert from "node:assert/strict";
import { pino } from "pino";
import { openstackFloatingIp } from "../../agent/clouds/openstackFloatingIp.ts";
import type { OpenstackAccess } from "../../agent/config/schema/document.ts";
import { ALONE } from "../../agent/publicAddress/groupView.ts";
import { RouteDriver } from "../../agent/publicAddress/routeDriver.ts";
import type { FaultTable } from "../../lab/cloud/http/faults.ts";
import { REGION } from "../../lab/settings/settings.ts";
import { at, type CloudCaller, textAt, until } from "../cloud/cloudCaller.ts";
import { guideAccessRules } from "./guideAccessRules.ts";

const V2 = "/network/v2.0";
const SOON_MS = 30_000;

interface Member {
  readonly driver: RouteDriver;
  readonly portId: string;
}

/** A cloud with nothing in it. */
export interface MovedAtCloud {
  readonly api: CloudCaller;
  readonly authUrl: string;
  readonly faults: FaultTable;
  end(): Promise<void>;
}

/** How the agents log in: with an application credential of the user's, kept to the calls that the guide names. */
async function accessTo({ api, authUrl }: MovedAtCloud): Promise<OpenstackAccess> {
  const path = `/identity/v3/users/${api.userId}/application_credentials`;
  const credentialOf = { name: "agents", access_rules: guideAccessRules("/network") };
  const made = await api.done("POST", path, { application_credential: credentialOf });
  const credential = at(made, "application_credential");
  const applicationCredential = { id: textAt(credential, "id"), secret: textAt(credential, "secret") };
  return { authUrl, region: REGION.name, applicationCredential };
}

export function describeMovedFloatingIp(played: string, open: () => Promise<MovedAtCloud>): void {
  describe(`a floating IP that agents move, at ${played}`, function () {
    this.timeout(180_000);
    let cloud: MovedAtCloud;
    let floatingIpId: string;
    let members: Member[];

    before(async () => {
      cloud = await open();
      const { api } = cloud;
      const segment = await api.madeSegment();
      floatingIpId = await api.made("floatingips", "floatingip", { floating_network_id: segment.externalId });
      const address = textAt(await shown(), "floating_ip_address");
      const access = await accessTo(cloud);
      members = [];
      for (const [name, own] of [
        ["edge-1", "10.25.0.11"],
        ["edge-2", "10.25.0.12"],
      ] as const) {
        const fixed = { network_id: segment.networkId, fixed_ips: [{ ip_address: own }] };
        const portId = await api.made("ports", "port", fixed);
        const self = await api.activeServer({ name, networks: [{ port: portId }] });
        const rules = { self, takeBackMicros: 60_000_000 };
        const subject = { virtualRouter: "web", kind: "openstackFloatingIp", address };
        const route = openstackFloatingIp(access, address, self, own);
        const log = pino({ enabled: false });
        members.push({ portId, driver: new RouteDriver(subject, route, rules, ALONE, log, () => undefined) });
      }
    });
    after(async () => {
      for (const { driver } of members) driver.stop();
      await cloud.end();
    });

    const shown = (): Promise<unknown> => cloud.api.shown("floatingips", "floatingip", floatingIpId);

    /** The first is master, the other is not; waits until the address leads there. */
    async function becomeMaster(index: number): Promise<void> {
      members.forEach(({ driver }, place) => {
        driver.setMastership(place === index);
      });
      const { driver, portId } = members[index] ?? assert.fail();
      const isHeld = async (): Promise<boolean> =>
        driver.status().phase === "held" && at(await shown(), "port_id") === portId;
      await until("the floating IP leads to the master", isHeld, SOON_MS);
    }

    it("leads to the master's port, and then to the next one's", async () => {
      for (const index of [0, 1, 0]) await becomeMaster(index);
    });

    it("is read again by its holder when the token is not good any more", async () => {
      cloud.faults.add({ path: /floatingips/, status: 401, times: 1 });
      await becomeMaster(1);
    });

    it("arrives when the cloud fails, and when it did what it said it had not", async () => {
      cloud.faults.add({ method: "PUT", path: /floatingips/, status: 500, times: 2 });
      await becomeMaster(0);
      cloud.faults.add({ method: "PUT", path: /floatingips/, status: 500, timing: "after", times: 1 });
      await becomeMaster(1);
    });

    it("waits for a port that has another floating IP already, and takes it when that is gone", async () => {
      const { portId } = members[0] ?? assert.fail();
      const networkId = textAt(await shown(), "floating_network_id");
      const other = await cloud.api.made("floatingips", "floatingip", {
        floating_network_id: networkId,
        port_id: portId,
      });
      const arrival = becomeMaster(0);
      const { driver } = members[0] ?? assert.fail();
      await until("the agent is told why", () => driver.status().trouble !== null, SOON_MS);
      assert.match(driver.status().trouble?.message ?? "", /HTTP 409: Cannot associate floating IP/);
      await cloud.api.done("DELETE", `${V2}/floatingips/${other}`);
      await arrival;
    });
  });
}

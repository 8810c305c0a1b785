/** The calls that the guide allows an application credential are those that the agent makes: all of them, and no more. */
import assert from "node:assert/strict";
import { ApiFailure } from "../../agent/clouds/apiFailure.ts";
import { openstackFloatingIp } from "../../agent/clouds/openstackFloatingIp.ts";
import type { RouteApi } from "../../agent/clouds/routeApi.ts";
import { REGION } from "../../lab/settings/settings.ts";
import { at, textAt } from "../cloud/cloudCaller.ts";
import { CloudUnderTest } from "../cloud/cloudUnderTest.ts";
import { type AccessRules, guideAccessRules } from "./guideAccessRules.ts";

const RULES = guideAccessRules("/network");
const OWN = "10.25.0.11";
const SIGNAL = new AbortController().signal;

describe("an application credential with the guide's access rules", () => {
  let cloud: CloudUnderTest;
  let floatingIpId: string;
  let address: string;
  let self: string;
  let credentials = 0;

  before(async () => {
    cloud = await CloudUnderTest.start();
    const segment = await cloud.madeSegment();
    floatingIpId = await cloud.made("floatingips", "floatingip", { floating_network_id: segment.externalId });
    address = textAt(await cloud.shown("floatingips", "floatingip", floatingIpId), "floating_ip_address");
    const fixed = { network_id: segment.networkId, fixed_ips: [{ ip_address: OWN }] };
    const port = await cloud.made("ports", "port", fixed);
    self = await cloud.activeServer({ name: "edge-1", networks: [{ port }] });
  });
  after(() => cloud.end());

  /** What the agent can do with a credential of these rules. */
  async function routeWith(rules: AccessRules): Promise<RouteApi> {
    const path = `/identity/v3/users/${cloud.userId}/application_credentials`;
    const asked = { name: `agents ${++credentials}`, access_rules: rules };
    const made = at(await cloud.done("POST", path, { application_credential: asked }), "application_credential");
    const applicationCredential = { id: textAt(made, "id"), secret: textAt(made, "secret") };
    const access = { authUrl: cloud.cloud.authUrl, region: REGION.name, applicationCredential };
    return openstackFloatingIp(access, address, self, OWN);
  }

  /** Everything that the agent does: reads, moves and reads again. */
  async function work(rules: AccessRules): Promise<void> {
    const route = await routeWith(rules);
    try {
      await route.read(SIGNAL);
      assert.deepEqual(await route.move(SIGNAL), { to: self, settled: true });
      assert.deepEqual(await route.read(SIGNAL), { to: self, settled: true });
    } finally {
      route.close();
    }
  }

  it("lets the agent do all that it does", async () => {
    await work(RULES);
    await work(RULES.map((rule) => ({ ...rule, path: rule.path.replace("*", floatingIpId) })));
  });

  for (const [index, { method, path }] of RULES.entries()) {
    it(`has none too many: without ${method} ${path} the agent says that it may not`, async () => {
      const error: unknown = await work(RULES.toSpliced(index, 1)).catch((reason: unknown) => reason);
      assert.ok(error instanceof ApiFailure, String(error));
      assert.equal(error.kind, "refused");
      const call = `${method} ${path.replace("/network", "").replace("*", floatingIpId)}`;
      assert.equal(error.message, `HTTP 401: a fresh token may not ${call}: add that to the credential's access rules`);
    });
  }

  it("lets it do nothing else", async () => {
    const path = `/identity/v3/users/${cloud.userId}/application_credentials`;
    const asked = { application_credential: { name: "tried by hand", access_rules: RULES } };
    const made = at(await cloud.done("POST", path, asked), "application_credential");
    const identity = {
      methods: ["application_credential"],
      application_credential: { id: textAt(made, "id"), secret: textAt(made, "secret") },
    };
    const login = await cloud.call("POST", "/identity/v3/auth/tokens", { auth: { identity } });
    const token = { "X-Auth-Token": login.headers.get("x-subject-token") ?? "" };
    for (const [method, forbidden] of [
      ["GET", "/network/v2.0/networks"],
      ["GET", `/network/v2.0/ports/${floatingIpId}`],
      ["POST", "/network/v2.0/floatingips"],
      ["DELETE", `/network/v2.0/floatingips/${floatingIpId}`],
      ["GET", "/compute/v2.1/servers"],
      ["GET", path],
    ] as const) {
      await cloud.refused(401, method, forbidden, undefined, token);
    }
    await cloud.done("GET", "/network/v2.0/ports", undefined, token);
  });
});

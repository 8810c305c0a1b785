/** What the doubles show to operators, and what ordinary users see of it. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest, CREDENTIALS } from "./cloudUnderTest.ts";

const V2 = "/network/v2.0";
const OPERATOR = { ...CREDENTIALS, userName: "admin" };
const KEPT = {
  network: ["provider:network_type", "provider:physical_network", "provider:segmentation_id"],
  router: ["distributed", "ha"],
  port: ["binding:host_id", "binding:profile", "binding:vif_details", "binding:vif_type"],
  server: [
    "OS-EXT-SRV-ATTR:host",
    "OS-EXT-SRV-ATTR:hypervisor_hostname",
    "OS-EXT-SRV-ATTR:instance_name",
    "host_status",
  ],
} as const;

describe("what operators see of the doubles and ordinary users do not", () => {
  let cloud: CloudUnderTest;
  afterEach(() => cloud.end());

  /** The attributes of KEPT that the answers to POST and GET and the lists have. */
  async function seen(): Promise<Readonly<Record<string, readonly string[]>>> {
    const { networkId, routerId } = await cloud.madeSegment();
    const made = await cloud.done("POST", `${V2}/ports`, { port: { network_id: networkId } });
    const portId = textAt(made, "port", "id");
    const serverId = await cloud.madeServer({ networks: [{ port: portId }] });
    await cloud.serverBecomes(serverId, "ACTIVE");
    const dialect = { "X-OpenStack-Nova-API-Version": "2.16" };
    const list = listAt(await cloud.done("GET", "/compute/v2.1/servers/detail", undefined, dialect), "servers");
    const answers = {
      network: [await cloud.shown("networks", "network", networkId)],
      router: [await cloud.shown("routers", "router", routerId)],
      port: [
        at(made, "port"),
        await cloud.shown("ports", "port", portId),
        at(await cloud.put("ports", "port", portId, { name: "edge" }), "port"),
        at(await cloud.done("GET", `${V2}/ports?name=edge&fields=binding:host_id&fields=binding:profile`), "ports", 0),
      ],
      server: list,
    };
    return Object.fromEntries(
      Object.entries(answers).map(([kind, told]) => {
        const names = new Set(told.flatMap((one) => Object.keys(one as Record<string, unknown>)));
        return [kind, KEPT[kind as keyof typeof KEPT].filter((name) => names.has(name))];
      }),
    );
  }

  /** The owners of the ports on the outside. */
  const outside = async (): Promise<readonly unknown[]> => {
    const external = textAt(await cloud.done("GET", `${V2}/networks?router:external=true`), "networks", 0, "id");
    const { body } = await cloud.call("GET", `${V2}/ports?network_id=${external}`);
    return listAt(body, "ports").map((port) => `${textAt(port, "device_owner")} of "${textAt(port, "tenant_id")}"`);
  };

  it("are attributes, and ports that belong to no project", async () => {
    cloud = await CloudUnderTest.start({ credentials: OPERATOR });
    assert.deepEqual(await seen(), KEPT);
    assert.deepEqual(await outside(), ['network:router_gateway of ""']);
  });

  it("are kept from ordinary users, who may use them in filters", async () => {
    cloud = await CloudUnderTest.start();
    assert.deepEqual(await seen(), { network: [], router: [], port: [], server: [] });
    assert.deepEqual(await outside(), []);
    const gateway = cloud.cloud.snapshot().ports.find((port) => port.deviceOwner === "network:router_gateway");
    for (const method of ["GET", "DELETE"]) await cloud.refused(404, method, `${V2}/ports/${gateway?.id ?? ""}`);
    const found = listAt(await cloud.done("GET", `${V2}/networks?provider:network_type=vxlan`), "networks");
    assert.deepEqual(
      found.map((network) => textAt(network, "name")),
      ["edge"],
    );
  });
});

/** The real Terraform OpenStack provider, bridged and run by the real Pulumi engine, against the doubles. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { after, before, describe, it } from "mocha";
import type { CloudView } from "../../lab/cloud/state.ts";
import { ensurePulumi } from "../../toolchain/ensure.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { BIG_FLAVOR, CloudUnderTest, CREDENTIALS, FLAVOR, IMAGE, OTHER_IMAGE } from "./cloudUnderTest.ts";
import { declareRegion, type Variant } from "./providerProgram.ts";

const PROJECT = "provider-life-cycle";

const first: Variant = {
  description: "as made",
  tags: ["edge"],
  nameservers: ["192.0.2.53"],
  allowedAddresses: ["10.25.0.10"],
  floatingTo: "vip",
  serverSuffix: "",
  metadata: { role: "edge", gone: "soon" },
  flavorName: FLAVOR.name,
  imageName: IMAGE.name,
  spareCidr: "10.26.0.0/24",
  macAddress: "fa:16:3e:00:00:01",
  keyName: "first",
  sshFrom: "198.51.100.0/24",
};

/** Everything that can change without a replacement. */
const changed: Variant = {
  ...first,
  description: "as changed",
  tags: ["edge", "changed"],
  nameservers: ["192.0.2.53", "192.0.2.54"],
  allowedAddresses: ["10.25.0.10", "10.25.0.20"],
  floatingTo: "edge-1",
  serverSuffix: "-renamed",
  metadata: { role: "edge", epoch: "2" },
  flavorName: BIG_FLAVOR.name,
  imageName: OTHER_IMAGE.name,
};

/** Everything that cannot. */
const replaced: Variant = {
  ...changed,
  spareCidr: "10.27.0.0/24",
  macAddress: "fa:16:3e:00:00:02",
  keyName: "second",
  sshFrom: "203.0.113.2/32",
};

describe("the real OpenStack provider against the doubles", () => {
  let cloud: CloudUnderTest;
  let folder: string;
  let stack: Stack;

  const openStack = async (name: string, variant: Variant): Promise<Stack> => {
    const { command, env } = await ensurePulumi(createProgress(), {
      env: { ...process.env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "of the test" },
    });
    const opened = await LocalWorkspace.createOrSelectStack(
      { stackName: name, projectName: PROJECT, program: declareRegion(variant) },
      {
        pulumiCommand: await PulumiCommand.get({ root: dirname(dirname(command)) }),
        envVars: env,
        projectSettings: { name: PROJECT, runtime: "nodejs", backend: { url: `file://${folder}` } },
      },
    );
    await opened.setAllConfig({
      "openstack:authUrl": { value: cloud.cloud.authUrl },
      "openstack:region": { value: "RegionLocal" },
      "openstack:userName": { value: CREDENTIALS.userName },
      "openstack:password": { value: CREDENTIALS.password, secret: true },
      "openstack:tenantName": { value: CREDENTIALS.projectName },
      "openstack:userDomainName": { value: "Default" },
      "openstack:projectDomainName": { value: "Default" },
    });
    return opened;
  };

  const state = (): CloudView => cloud.cloud.snapshot();
  const run = async (variant: Variant) => {
    stack.workspace.program = declareRegion(variant);
    const result = await stack.up();
    return { changes: result.summary.resourceChanges ?? {}, outputs: result.outputs };
  };
  const requireNoChange = async (options: { readonly refresh?: boolean } = {}): Promise<void> => {
    const { changeSummary, stdout } = await stack.preview({ ...options, diff: true });
    assert.deepEqual(Object.keys(changeSummary), ["same"], stdout);
  };

  before(async () => {
    cloud = await CloudUnderTest.start({ computeHosts: 2 });
    folder = await mkdtemp(join(tmpdir(), "vipf-provider-"));
    stack = await openStack("life", first);
  });
  after(async () => {
    await cloud.end();
    await rm(folder, { recursive: true });
  });

  it("creates one of each resource, and data sources find them", async () => {
    const { changes, outputs } = await run(first);
    assert.deepEqual(changes, { create: 23 });
    assert.deepEqual(outputs["serverAddresses"]?.value, ["10.25.0.11", "10.25.0.12"]);
    assert.deepEqual(outputs["found"]?.value, {
      network: "edge",
      subnet: "10.25.0.0/24",
      port: ["10.25.0.10"],
      flavor: FLAVOR.vcpus,
    });
    const [one, two] = state().servers;
    assert.ok(one !== undefined && two !== undefined);
    assert.deepEqual([one.vm.kind, two.vm.kind], ["active", "active"]);
    assert.notEqual(one.host, two.host, "the group keeps them apart");
  });

  it("finds nothing to change afterwards, nor after a refresh", async () => {
    await requireNoChange();
    await requireNoChange({ refresh: true });
  });

  it("sees no change in a floating IP that an agent led to a node, and moves it nowhere", async () => {
    const { movedId, otherPortId } = await stack.outputs();
    const path = `/network/v2.0/floatingips/${textAt(movedId, "value")}`;
    const floatingip = { port_id: textAt(otherPortId, "value"), fixed_ip_address: "10.25.0.12" };
    await cloud.done("PUT", path, { floatingip });
    const leadsTo = async (): Promise<unknown> => at(await cloud.done("GET", path), "floatingip", "fixed_ip_address");
    await requireNoChange({ refresh: true });
    const { summary } = await stack.up({ refresh: true });
    assert.deepEqual(summary.resourceChanges, { same: 23 });
    assert.equal(await leadsTo(), "10.25.0.12");
    await run(first);
    assert.equal(await leadsTo(), "10.25.0.12");
    await cloud.done("PUT", path, { floatingip: { port_id: null } });
  });

  it("updates each of them in place", async () => {
    const before = state();
    const { changes } = await run(changed);
    assert.equal(changes.replace, undefined);
    assert.equal(changes.create, undefined);
    assert.equal(changes.delete, undefined);
    assert.equal(changes.update, 11);
    const now = state();
    assert.deepEqual(ids(now.servers), ids(before.servers));
    assert.deepEqual(ids(now.ports), ids(before.ports));
    for (const server of now.servers) {
      assert.match(server.name, /-renamed$/);
      assert.deepEqual(server.metadata, changed.metadata);
      assert.equal(server.flavorId, BIG_FLAVOR.id);
      assert.equal(server.imageId, OTHER_IMAGE.id);
      assert.equal(server.generation, 2, "another image is another disk");
      assert.equal(server.vm.kind, "active");
    }
    const edge = now.ports.find(({ name }) => name === "edge-1");
    assert.deepEqual(
      edge?.allowedAddressPairs.map((pair) => pair.ipAddress),
      changed.allowedAddresses,
    );
    assert.ok(now.floatingIps.some(({ association }) => association?.fixedIp === "10.25.0.11"));
    await requireNoChange({ refresh: true });
  });

  it("replaces a subnet, a port and instances where it has to", async () => {
    const before = state();
    const { changes } = await run(replaced);
    assert.ok((changes.replace ?? 0) >= 4, JSON.stringify(changes));
    const now = state();
    assert.ok(now.servers.every(({ id, keyName }) => !ids(before.servers).includes(id) && keyName === "second"));
    assert.ok(now.subnets.some(({ cidr }) => cidr === "10.27.0.0/24"));
    assert.ok(!now.subnets.some(({ cidr }) => cidr === "10.26.0.0/24"));
    assert.ok(now.ports.some(({ macAddress }) => macAddress === replaced.macAddress));
    assert.ok(!now.ports.some(({ macAddress }) => macAddress === first.macAddress));
    await requireNoChange({ refresh: true });
  });

  it("imports a port and an instance", async () => {
    const outputs = await stack.outputs();
    const portId = textAt(outputs, "edgePortId", "value");
    const serverId = textAt(outputs, "serverIds", "value", 1);
    const other = await openStack("imported", replaced);
    await other.import({
      protect: false,
      generateCode: false,
      resources: [
        { type: "openstack:networking/port:Port", name: "edge-1", id: portId },
        { type: "openstack:compute/instance:Instance", name: "edge-2", id: serverId },
      ],
    });
    const imported = listAt(await other.exportStack(), "deployment", "resources");
    const byType = (type: string) => imported.find((resource) => at(resource, "type") === type);
    const port = byType("openstack:networking/port:Port");
    assert.equal(at(port, "outputs", "allFixedIps", 0), "10.25.0.11");
    assert.equal(listAt(port, "outputs", "allowedAddressPairs").length, 2);
    const server = byType("openstack:compute/instance:Instance");
    assert.equal(at(server, "outputs", "name"), "edge-2-renamed");
    assert.deepEqual(at(server, "outputs", "metadata"), replaced.metadata);
    await other.workspace.removeStack("imported", { force: true });
  });

  it("destroys everything and leaves the cloud as it was born", async () => {
    await stack.destroy();
    const { networks, subnets, ports, securityGroups, securityGroupRules, ...rest } = state();
    assert.deepEqual(
      networks.map(({ name }) => name),
      ["Ext-Net"],
    );
    assert.deepEqual(
      subnets.map(({ name }) => name),
      ["Ext-Net"],
    );
    assert.deepEqual(ports, []);
    assert.deepEqual(
      securityGroups.map(({ name }) => name),
      ["default"],
    );
    assert.equal(securityGroupRules.length, 4);
    for (const left of [rest.routers, rest.floatingIps, rest.keypairs, rest.serverGroups, rest.servers]) {
      assert.deepEqual(left, []);
    }
    assert.deepEqual(cloud.hypervisor.plan?.servers, []);
  });
});

function ids(rows: readonly { readonly id: string }[]): readonly string[] {
  return rows.map(({ id }) => id);
}

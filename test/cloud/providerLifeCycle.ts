/** The life of everything that the program uses, made and changed by the real Terraform OpenStack provider, bridged and run by the real engine. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import type { Credentials, FlavorDefinition, ImageDefinition } from "../../lab/cloud/state/context.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { ensurePulumi } from "../../toolchain/pulumi/ensure.ts";
import { at, type CloudCaller, listAt, textAt } from "./cloudCaller.ts";
import { type ProjectView, viewProject } from "./projectView.ts";
import { declareRegion, type Variant } from "./providerProgram.ts";

const PROJECT = "provider-life-cycle";

/** A cloud for the provider, with what it is asked for. */
export interface ProvidedCloud {
  readonly caller: CloudCaller;
  readonly authUrl: string;
  readonly credentials: Credentials;
  readonly flavors: { readonly small: FlavorDefinition; readonly big: FlavorDefinition };
  readonly images: { readonly one: ImageDefinition; readonly other: ImageDefinition };
  /** Whether there is no machine left behind the APIs. */
  isEmpty(): Promise<boolean>;
  end(): Promise<void>;
}

const firstOf = ({ flavors, images }: ProvidedCloud): Variant => ({
  description: "as made",
  tags: ["edge"],
  nameservers: ["192.0.2.53"],
  allowedAddresses: ["10.25.0.10"],
  floatingTo: "vip",
  serverSuffix: "",
  metadata: { role: "edge", gone: "soon" },
  flavorName: flavors.small.name,
  imageName: images.one.name,
  spareCidr: "10.26.0.0/24",
  macAddress: "fa:16:3e:00:00:01",
  keyName: "first",
  sshFrom: "198.51.100.0/24",
});

/** Everything that can change without a replacement. */
const changedOf = (cloud: ProvidedCloud): Variant => ({
  ...firstOf(cloud),
  description: "as changed",
  tags: ["edge", "changed"],
  nameservers: ["192.0.2.53", "192.0.2.54"],
  allowedAddresses: ["10.25.0.10", "10.25.0.20"],
  floatingTo: "edge-1",
  serverSuffix: "-renamed",
  metadata: { role: "edge", epoch: "2" },
  flavorName: cloud.flavors.big.name,
  imageName: cloud.images.other.name,
});

/** Everything that cannot. */
const replacedOf = (cloud: ProvidedCloud): Variant => ({
  ...changedOf(cloud),
  spareCidr: "10.27.0.0/24",
  macAddress: "fa:16:3e:00:00:02",
  keyName: "second",
  sshFrom: "203.0.113.2/32",
});

/** One of each resource from its creation to its end. The cloud is opened before the first test, and ended after the last. */
export function describeProviderLifeCycle(against: string, open: () => Promise<ProvidedCloud>): void {
  describe(`the real OpenStack provider against ${against}`, () => {
    let cloud: ProvidedCloud;
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
        "openstack:authUrl": { value: cloud.authUrl },
        "openstack:region": { value: "RegionLocal" },
        "openstack:userName": { value: cloud.credentials.userName },
        "openstack:password": { value: cloud.credentials.password, secret: true },
        "openstack:tenantName": { value: cloud.credentials.projectName },
        "openstack:userDomainName": { value: "Default" },
        "openstack:projectDomainName": { value: "Default" },
      });
      return opened;
    };

    const state = (): Promise<ProjectView> => viewProject(cloud.caller);
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
      cloud = await open();
      folder = await mkdtemp(join(tmpdir(), "vipf-provider-"));
      stack = await openStack("life", firstOf(cloud));
    });
    after(async () => {
      await cloud.end();
      await rm(folder, { recursive: true });
    });

    it("creates one of each resource, and data sources find them", async () => {
      const { changes, outputs } = await run(firstOf(cloud));
      assert.deepEqual(changes, { create: 23 });
      assert.deepEqual(outputs["serverAddresses"]?.value, ["10.25.0.11", "10.25.0.12"]);
      assert.deepEqual(outputs["found"]?.value, {
        network: "edge",
        subnet: "10.25.0.0/24",
        port: ["10.25.0.10"],
        flavor: cloud.flavors.small.vcpus,
      });
      const [one, two] = (await state()).servers;
      assert.ok(one !== undefined && two !== undefined);
      assert.deepEqual([one.status, two.status], ["ACTIVE", "ACTIVE"]);
      assert.notEqual(one.hostId, two.hostId, "the group keeps them apart");
    });

    it("finds nothing to change afterwards, nor after a refresh", async () => {
      await requireNoChange();
      await requireNoChange({ refresh: true });
    });

    it("sees no change in a floating IP that an agent led to a node, and moves it nowhere", async () => {
      const { movedId, otherPortId } = await stack.outputs();
      const path = `/network/v2.0/floatingips/${textAt(movedId, "value")}`;
      const floatingip = { port_id: textAt(otherPortId, "value"), fixed_ip_address: "10.25.0.12" };
      await cloud.caller.done("PUT", path, { floatingip });
      const leadsTo = async (): Promise<unknown> =>
        at(await cloud.caller.done("GET", path), "floatingip", "fixed_ip_address");
      await requireNoChange({ refresh: true });
      const { summary } = await stack.up({ refresh: true });
      assert.deepEqual(summary.resourceChanges, { same: 23 });
      assert.equal(await leadsTo(), "10.25.0.12");
      await run(firstOf(cloud));
      assert.equal(await leadsTo(), "10.25.0.12");
      await cloud.caller.done("PUT", path, { floatingip: { port_id: null } });
    });

    it("updates each of them in place", async () => {
      const before = await state();
      const { changes } = await run(changedOf(cloud));
      assert.equal(changes.replace, undefined);
      assert.equal(changes.create, undefined);
      assert.equal(changes.delete, undefined);
      assert.equal(changes.update, 11);
      const now = await state();
      assert.deepEqual(ids(now.servers), ids(before.servers));
      assert.deepEqual(ids(now.ports), ids(before.ports));
      for (const server of now.servers) {
        assert.match(server.name, /-renamed$/);
        assert.deepEqual(server.metadata, changedOf(cloud).metadata);
        assert.equal(server.flavor.id, cloud.flavors.big.id);
        assert.equal(server.image.id, cloud.images.other.id);
        assert.equal(server.status, "ACTIVE");
      }
      const edge = now.ports.find(({ name }) => name === "edge-1");
      assert.deepEqual(
        edge?.allowed_address_pairs.map((pair) => pair.ip_address),
        changedOf(cloud).allowedAddresses,
      );
      assert.ok(now.floatingIps.some((floating) => floating.fixed_ip_address === "10.25.0.11"));
      await requireNoChange({ refresh: true });
    });

    it("replaces a subnet, a port and instances where it has to", async () => {
      const before = await state();
      const { changes } = await run(replacedOf(cloud));
      assert.ok((changes.replace ?? 0) >= 4, JSON.stringify(changes));
      const now = await state();
      assert.ok(
        now.servers.every((server) => !ids(before.servers).includes(server.id) && server.key_name === "second"),
      );
      assert.ok(now.subnets.some(({ cidr }) => cidr === "10.27.0.0/24"));
      assert.ok(!now.subnets.some(({ cidr }) => cidr === "10.26.0.0/24"));
      assert.ok(now.ports.some((port) => port.mac_address === replacedOf(cloud).macAddress));
      assert.ok(!now.ports.some((port) => port.mac_address === firstOf(cloud).macAddress));
      await requireNoChange({ refresh: true });
    });

    it("imports a port and an instance", async () => {
      const outputs = await stack.outputs();
      const portId = textAt(outputs, "edgePortId", "value");
      const serverId = textAt(outputs, "serverIds", "value", 1);
      const other = await openStack("imported", replacedOf(cloud));
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
      assert.deepEqual(at(server, "outputs", "metadata"), replacedOf(cloud).metadata);
      await other.workspace.removeStack("imported", { force: true });
    });

    it("destroys everything and leaves the cloud as it was born", async () => {
      await stack.destroy();
      const { securityGroups, securityGroupRules, ...rest } = await state();
      assert.deepEqual(
        securityGroups.map(({ name }) => name),
        ["default"],
      );
      assert.equal(securityGroupRules.length, 4);
      for (const [kind, left] of Object.entries(rest)) assert.deepEqual(left, [], kind);
      assert.ok(await cloud.isEmpty(), "there is a machine left");
    });
  });
}

function ids(rows: readonly { readonly id: string }[]): readonly string[] {
  return rows.map(({ id }) => id);
}

/** A real OpenStack's control services on two hosts: their start, their gateway, their next life, their end. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { hostNames } from "../../lab/host/names.ts";
import { createNovaHypervisor, type NovaHypervisor } from "../../lab/openstack/compute/novaHypervisor.ts";
import { type Openstack, type OpenstackOptions, openOpenstack } from "../../lab/openstack/openstack.ts";
import { ensureOpenstackPackages } from "../../lab/openstack/settings/packages.ts";
import { REGION } from "../../lab/settings/settings.ts";
import { cacheDirectory } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { at, CloudCaller, listAt, textAt } from "../cloud/cloudCaller.ts";
import { CLIENT } from "../host/edgeRegion.ts";
import { leftovers, OPERATOR } from "../host/labHost.ts";
import { processesOf } from "./labProcesses.ts";

const NAME = "vipf-control";
const NAMES = hostNames(NAME);
const CREDENTIALS = { userName: REGION.userName, password: "a password of the tests", projectName: REGION.projectName };
const HOSTS = 2;
/** A start on databases that are there, on a machine that does other things too. */
const START_DEADLINE_MS = 120_000;

describe("a real OpenStack", () => {
  let stateDir = "";
  let hypervisor: NovaHypervisor;
  let openstack: Openstack | undefined;
  let details: string[] = [];
  let api: CloudCaller;

  const options = (): OpenstackOptions => ({
    names: NAMES,
    stateDir: join(stateDir, "openstack"),
    cacheDir: cacheDirectory(),
    apiPort: 0,
    region: REGION.name,
    credentials: CREDENTIALS,
    images: REGION.images,
    flavors: REGION.flavors,
    externalNetwork: REGION.externalNetwork,
    computeHosts: HOSTS,
    hypervisorSocket: join(stateDir, "run", "hypervisor.sock"),
    logger: pino({ name: NAME, level: "warn" }),
    detail: (text) => {
      details.push(text);
    },
  });
  const open = async (): Promise<Openstack> => {
    details = [];
    openstack = await openOpenstack(options());
    const [image] = REGION.images;
    const [flavor] = REGION.flavors;
    api = new CloudCaller(openstack.authUrl, { imageId: image.id, flavorId: flavor.id }, "real");
    await api.logIn(CREDENTIALS);
    return openstack;
  };
  const close = async (): Promise<void> => {
    await openstack?.close();
    openstack = undefined;
  };

  before(async () => {
    await ensureOpenstackPackages(createProgress());
    stateDir = await mkdtemp(join(tmpdir(), `${NAME}-`));
    hypervisor = await createNovaHypervisor({
      name: NAME,
      stateDir: join(stateDir, "host"),
      cacheDir: cacheDirectory(),
      client: CLIENT,
      bastion: { port: 0, authorizedKey: OPERATOR.public },
      socket: options().hypervisorSocket,
      computeHosts: HOSTS,
      progress: createProgress(),
    });
    await open();
  });
  after(async () => {
    await close();
    await hypervisor.close();
    assert.deepEqual(await leftovers(NAME), []);
    await rm(stateDir, { recursive: true, force: true });
  });

  it("says what it does while it starts", () => {
    assert.ok(details.length >= 3, details.join("; "));
    assert.match(details.join("; "), /identities.*agents.*waiting for Nova's services: \d of 4/);
  });

  it("lets the lab's user in, with a catalog that leads through the gateway alone", async () => {
    const { body } = await api.logIn(CREDENTIALS);
    assert.deepEqual(
      new Set(listAt(body, "token", "roles").map((role) => textAt(role, "name"))),
      new Set(["member", "reader"]),
    );
    const origin = new URL(openstack?.authUrl ?? "").origin;
    const urls = listAt(body, "token", "catalog").map((service) => {
      const seen = listAt(service, "endpoints").find((endpoint) => textAt(endpoint, "interface") === "public");
      assert.equal(textAt(seen, "region"), REGION.name);
      return textAt(seen, "url");
    });
    assert.deepEqual(urls.sort(), [
      ...[
        `${origin}/compute/v2.1`,
        `${origin}/identity/v3`,
        `${origin}/image`,
        `${origin}/network`,
        `${origin}/placement`,
      ],
    ]);
  });

  it("gives links that lead through the gateway", async () => {
    const origin = new URL(openstack?.authUrl ?? "").origin;
    for (const [path, ...keys] of [
      ["/identity/v3", "version", "links", 0],
      ["/network/", "versions", 0, "links", 0],
      ["/compute/v2.1/", "version", "links", 0],
      ["/image/", "versions", 0, "links", 0],
    ] as const) {
      const href = textAt(at((await api.call("GET", path)).body, ...keys), "href");
      const [, service] = path.split("/");
      assert.match(href, new RegExp(`^${origin}/${service ?? ""}/v[\\d.]+/$`));
    }
    const listed = await api.done("GET", "/compute/v2.1/flavors");
    assert.match(textAt(listed, "flavors", 0, "links", 0, "href"), new RegExp(`^${origin}/compute/v2.1/flavors/`));
  });

  it("has the region's images, flavors and external network", async () => {
    const images = listAt(await api.done("GET", "/image/v2/images"), "images");
    assert.deepEqual(
      new Set(images.map((image) => `${textAt(image, "id")} ${textAt(image, "name")} ${textAt(image, "status")}`)),
      new Set(REGION.images.map(({ id, name }) => `${id} ${name} active`)),
    );
    const flavors = listAt(await api.done("GET", "/compute/v2.1/flavors/detail"), "flavors");
    assert.deepEqual(
      flavors.map((flavor) => [at(flavor, "id"), at(flavor, "name"), at(flavor, "ram"), at(flavor, "vcpus")]),
      REGION.flavors.map(({ id, name, ramMib, vcpus }) => [id, name, ramMib, vcpus]),
    );
    const external = await api.done("GET", "/network/v2.0/networks?router:external=true");
    assert.equal(textAt(external, "networks", 0, "name"), REGION.externalNetwork.name);
  });

  it("gives its user no operator's rights", async () => {
    assert.deepEqual(listAt(await api.done("GET", "/network/v2.0/agents"), "agents"), []);
    await api.refused(403, "GET", "/compute/v2.1/os-services");
    await api.refused(403, "GET", "/identity/v3/users");
  });

  it("makes what a shared address needs: a rule for VRRP, and ports that may use the address", async () => {
    const network = await api.made("networks", "network", { name: "edge" });
    const subnet = { network_id: network, cidr: "10.25.0.0/24", ip_version: 4 };
    await api.made("subnets", "subnet", subnet);
    const group = await api.made("security-groups", "security_group", { name: "vrrp" });
    const rule = { security_group_id: group, direction: "ingress", protocol: "vrrp", remote_group_id: group };
    await api.made("security-group-rules", "security_group_rule", rule);
    const pair = { ip_address: "10.25.0.100" };
    const port = await api.made("ports", "port", {
      ...{ network_id: network, security_groups: [group], allowed_address_pairs: [pair] },
    });
    const shown = await api.shown("ports", "port", port);
    assert.equal(textAt(shown, "allowed_address_pairs", 0, "ip_address"), pair.ip_address);
  });

  it("answers as the faults of the lab say", async () => {
    const faults = openstack?.faults;
    assert.ok(faults !== undefined);
    faults.add({ path: /^\/network\/v2\.0\/ports$/, status: 503, times: 1 });
    await api.refused(503, "GET", "/network/v2.0/ports");
    faults.add({ path: /^\/network\/v2\.0\/ports$/, delayMs: 700, times: 1 });
    const startedMs = performance.now();
    await api.done("GET", "/network/v2.0/ports");
    assert.ok(performance.now() - startedMs >= 690);
    assert.deepEqual(faults.rules(), []);
  });

  it("shows no secret in arguments, and nothing of it to other users", async () => {
    const root = options().stateDir;
    const secrets = JSON.parse(await readFile(join(root, "secrets.json"), "utf8")) as Record<string, string>;
    const shown = (await processesOf(NAMES)).join("\n");
    assert.match(shown, /nova-conductor/);
    for (const secret of [...Object.values(secrets), CREDENTIALS.password]) assert.ok(!shown.includes(secret));
    assert.equal((await stat(root)).mode & 0o777, 0o700);
    for (const folder of ["etc", "log", "run", "data"]) {
      assert.equal((await stat(join(root, folder))).mode & 0o777, 0o700, folder);
    }
    for (const entry of await readdir(join(root, "etc"), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) assert.equal((await stat(path)).mode & 0o777, 0o600, path);
    }
  });

  it("keeps in its next life what it was told in the last, and its services in it are this life's", async () => {
    const names = async (): Promise<readonly string[]> =>
      listAt(await api.done("GET", "/network/v2.0/networks"), "networks").map((network) => textAt(network, "id"));
    const known = await names();
    await close();
    assert.deepEqual(await processesOf(NAMES), []);
    const startedMs = performance.now();
    await open();
    assert.ok(performance.now() - startedMs < START_DEADLINE_MS);
    assert.ok(!details.some((detail) => detail.startsWith("database schemas")), details.join("; "));
    assert.deepEqual(new Set(await names()), new Set(known));
  });
});

describe("a real OpenStack that cannot start", () => {
  it("says which service failed with what it said last, and leaves nothing running", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), `${NAME}-`));
    const hypervisorSocket = join(stateDir, "run", "hypervisor.sock");
    const hypervisor = await createNovaHypervisor({
      ...{ name: NAME, stateDir: join(stateDir, "host"), cacheDir: cacheDirectory(), client: CLIENT },
      ...{ bastion: { port: 0, authorizedKey: OPERATOR.public }, socket: hypervisorSocket, computeHosts: 1 },
      progress: createProgress(),
    });
    // Databases that are said to be there, and are not.
    const data = join(stateDir, "openstack", "data");
    await mkdir(join(data, "mysql"), { recursive: true });
    await writeFile(join(data, "databases-are-made"), "");
    const { images, flavors, externalNetwork, name: region } = REGION;
    try {
      await assert.rejects(
        openOpenstack({
          ...{ names: NAMES, stateDir: join(stateDir, "openstack"), cacheDir: cacheDirectory(), apiPort: 0, region },
          ...{ credentials: CREDENTIALS, images, flavors, externalNetwork, computeHosts: 1, hypervisorSocket },
          logger: pino({ enabled: false }),
          detail: () => undefined,
        }),
        {
          name: "UserError",
          message: /^mariadb of the lab's OpenStack ended \(exit code \d+\) before it was ready:\n[^]*\[ERROR\]/,
          remedy: `all of its log is in ${join(stateDir, "openstack", "log", "mariadb.log")}`,
        },
      );
      assert.deepEqual(await processesOf(NAMES), []);
    } finally {
      await hypervisor.close();
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});

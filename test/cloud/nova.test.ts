/** Nova's double: its refusals, and what it keeps besides servers; and Glance's. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest, FLAVOR, IMAGE } from "./cloudUnderTest.ts";
import { PUBLIC_KEY } from "./publicKey.ts";

const V21 = "/compute/v2.1";
const NOBODY = "00000000-0000-4000-8000-000000000000";
const dialect = (version: string) => ({ "OpenStack-API-Version": `compute ${version}` });

describe("Nova's and Glance's doubles", () => {
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

  describe("refusals", () => {
    const body = (attributes: Record<string, unknown>, hints: Record<string, unknown> = {}) => ({
      server: { name: "x", imageRef: IMAGE.id, flavorRef: FLAVOR.id, ...attributes },
      "os:scheduler_hints": hints,
    });
    for (const [attributes, status, why] of [
      [{ flavorRef: "999" }, 400, /^Flavor 999 could not be found\.$/],
      [{ imageRef: NOBODY }, 400, /^Can not find requested image$/],
      [{ key_name: "nobody's" }, 400, /^Invalid key_name provided\.$/],
      [{ networks: [{ uuid: NOBODY }] }, 400, /^Network .* could not be found\.$/],
      [{ networks: [{ port: NOBODY }] }, 400, /^Port .* could not be found\.$/],
      [{ security_groups: [{ name: "nobody's" }] }, 400, /^Security group nobody's not found for project/],
      [{ name: "" }, 400, /Invalid input for field\/attribute name\. Value: ''\. '': is too short/],
      [{ bogus: true }, 400, /Additional properties are not allowed \('bogus' was unexpected\)/],
      [{ user_data: "not base64!" }, 400, /is not a 'base64'/],
      [{ user_data: Buffer.from([0x1f, 0x8b, 8, 0]).toString("base64") }, 400, /no binary user data/],
      [{ availability_zone: "elsewhere" }, 400, /^The requested availability zone is not available$/],
      [{ tags: ["new"] }, 400, /\('tags' was unexpected\)/],
      [{ networks: "auto" }, 400, /is not of type 'array'/],
    ] as const) {
      it(`refuses a server with ${JSON.stringify(attributes)}`, async () => {
        assert.match(await cloud.refused(status, "POST", `${V21}/servers`, body(attributes)), why);
        assert.deepEqual(cloud.cloud.snapshot().servers, []);
      });
    }

    it("refuses a port in use, and gives neither of two cards when the second cannot be had", async () => {
      const [one, two] = [await made("port", { network_id: networkId }), await made("port", { network_id: networkId })];
      await active({ networks: [{ port: one }] });
      const message = await cloud.refused(
        409,
        "POST",
        `${V21}/servers`,
        body({ networks: [{ port: two }, { port: one }] }),
      );
      assert.match(message, /is still in use/);
      assert.equal(cloud.cloud.snapshot().ports.find((port) => port.id === two)?.deviceId, "");
    });

    it("refuses a group that is not there", async () => {
      const message = await cloud.refused(400, "POST", `${V21}/servers`, body({}, { group: NOBODY }));
      assert.match(message, /Instance group .* could not be found/);
    });

    it("words unknown servers, actions and paths as Nova does", async () => {
      const answer = await cloud.call("GET", `${V21}/servers/${NOBODY}`);
      assert.deepEqual(
        [answer.status, answer.body],
        [404, { itemNotFound: { code: 404, message: `Instance ${NOBODY} could not be found.` } }],
      );
      const id = await active();
      assert.match(await cloud.refusedAct(400, id, { "os-dance": null }), /There is no such action: os-dance/);
      assert.match(await cloud.refusedAct(400, id, {}), /Malformed request body/);
      assert.match(await cloud.refused(400, "POST", `${V21}/servers`, "{"), /Malformed request body/);
      await cloud.refused(404, "GET", `${V21}/os-volumes`);
    });
  });

  describe("server groups", () => {
    const group = async (policy: string) =>
      textAt(
        await cloud.done("POST", `${V21}/os-server-groups`, { server_group: { name: "edge", policies: [policy] } }),
        "server_group",
        "id",
      );

    it("keep servers apart until there is no host left, then the server is ERROR", async () => {
      const id = await group("anti-affinity");
      const servers = [1, 2, 3].map(() => cloud.madeServer({ networks: [] }, { group: id }));
      const hosts = (await Promise.all(servers)).map((serverId) => cloud.record(serverId)?.host);
      assert.deepEqual(new Set(hosts), new Set(["compute-1", "compute-2", "compute-3"]));
      const fourth = await cloud.madeServer({ networks: [{ uuid: networkId }] }, { group: id });
      assert.equal(await cloud.serverStatus(fourth), "ERROR");
      assert.match(textAt(await cloud.server(fourth), "fault", "message"), /^No valid host was found\./);
      assert.equal(
        cloud.hypervisor.plan?.servers.some((server) => server.id === fourth),
        false,
      );
      assert.match(await cloud.refusedAct(409, fourth, { reboot: { type: "HARD" } }), /never scheduled/);
      await cloud.done("DELETE", `${V21}/servers/${fourth}`);
      await cloud.serverBecomes(fourth, "gone");
    });

    it("are asked for as policies before 2.64 and as a policy since", async () => {
      const newer = { server_group: { name: "edge", policy: "anti-affinity" } };
      assert.match(
        await cloud.refused(400, "POST", `${V21}/os-server-groups`, newer),
        /'policies' is a required property/,
      );
      const made64 = await cloud.done("POST", `${V21}/os-server-groups`, newer, dialect("2.64"));
      assert.equal(textAt(made64, "server_group", "policy"), "anti-affinity");
      const soft = { server_group: { name: "soft", policies: ["soft-anti-affinity"] } };
      await cloud.refused(400, "POST", `${V21}/os-server-groups`, soft);
      await cloud.done("POST", `${V21}/os-server-groups`, soft, dialect("2.15"));
    });
  });

  describe("microversions", () => {
    it("are answered with, and refused outside of what is spoken", async () => {
      const latest = await cloud.call("GET", `${V21}/flavors`, undefined, dialect("latest"));
      assert.equal(latest.headers.get("openstack-api-version"), "compute 2.64");
      const old = await cloud.call("GET", `${V21}/flavors`);
      assert.equal(old.headers.get("x-openstack-nova-api-version"), "2.1");
      const message = await cloud.refused(406, "GET", `${V21}/flavors`, undefined, dialect("2.99"));
      assert.match(message, /Version 2\.99 is not supported by the API\. Minimum is 2\.1 and maximum is 2\.64\./);
      await cloud.refused(400, "GET", `${V21}/flavors`, undefined, dialect("two"));
    });

    it("add to a server what came with them", async () => {
      const id = await active();
      const keys = async (version: string) =>
        Object.keys(
          at(await cloud.done("GET", `${V21}/servers/${id}`, undefined, dialect(version)), "server") as object,
        );
      const [first, newest] = [await keys("2.1"), await keys("2.64")];
      const added = newest.filter((key) => !first.includes(key)).toSorted();
      assert.deepEqual(added, ["description", "locked", "tags", "trusted_image_certificates"]);
    });
  });

  describe("key pairs", () => {
    const keypair = (attributes: Record<string, unknown>) => ({ keypair: { name: "edge", ...attributes } });

    it("come with a key or get one, once for a name", async () => {
      const given = await cloud.done("POST", `${V21}/os-keypairs`, keypair({ public_key: PUBLIC_KEY }));
      assert.equal(textAt(given, "keypair", "fingerprint"), "d0:75:b4:dd:63:d5:7c:2e:49:1e:5e:92:26:f5:cc:c3");
      assert.match(
        await cloud.refused(409, "POST", `${V21}/os-keypairs`, keypair({})),
        /Key pair 'edge' already exists/,
      );
      const generated = await cloud.done("POST", `${V21}/os-keypairs`, keypair({ name: "mine" }));
      assert.match(textAt(generated, "keypair", "private_key"), /BEGIN OPENSSH PRIVATE KEY/);
      assert.match(textAt(generated, "keypair", "public_key"), /^ssh-ed25519 /);
      assert.ok(
        !JSON.stringify(cloud.cloud.snapshot()).includes("PRIVATE KEY"),
        "the private key is told once and not kept",
      );
    });

    it("refuses what is no key", async () => {
      const message = await cloud.refused(
        400,
        "POST",
        `${V21}/os-keypairs`,
        keypair({ public_key: "ssh-rsa nonsense" }),
      );
      assert.match(message, /Keypair data is invalid/);
    });

    it("go on the drive with the user data and the metadata", async () => {
      await cloud.done("POST", `${V21}/os-keypairs`, keypair({ public_key: PUBLIC_KEY }));
      const user = Buffer.from("#cloud-config\nssh_keys: {}\n").toString("base64");
      const id = await active({ name: "Edge_1 β", key_name: "edge", user_data: user, metadata: { role: "edge" } });
      const drive = cloud.hypervisor.plan?.servers[0]?.configDrive ?? {};
      assert.equal(drive["openstack/latest/user_data"], "#cloud-config\nssh_keys: {}\n");
      const meta: unknown = JSON.parse(String(drive["openstack/latest/meta_data.json"]));
      assert.deepEqual(
        [at(meta, "uuid"), at(meta, "name"), at(meta, "hostname"), at(meta, "public_keys"), at(meta, "meta")],
        [id, "Edge_1 β", "edge-1", { edge: PUBLIC_KEY }, { role: "edge" }],
      );
      assert.equal(drive["openstack/latest/vendor_data.json"], "{}");
    });
  });

  it("lists servers by name, status and page", async () => {
    for (const name of ["edge-1", "edge-2", "core-1"]) await active({ name });
    const names = async (query: string) =>
      listAt(await cloud.done("GET", `${V21}/servers/detail?${query}`), "servers").map((server) => at(server, "name"));
    assert.deepEqual(await names(""), ["core-1", "edge-2", "edge-1"]);
    assert.deepEqual(await names("name=^edge"), ["edge-2", "edge-1"]);
    assert.deepEqual(await names("status=SHUTOFF"), []);
    assert.deepEqual(await names("ip=10.25.0.200"), ["edge-1"]);
    const first = await cloud.done("GET", `${V21}/servers?limit=2`);
    const next = new URL(textAt(first, "servers_links", 0, "href"));
    const second = await cloud.done("GET", `${next.pathname}${next.search}`);
    assert.deepEqual(
      listAt(second, "servers").map((server) => at(server, "name")),
      ["edge-1"],
    );
    await cloud.refused(400, "GET", `${V21}/servers?marker=${NOBODY}`);
  });

  it("lists images by name, id and page, and has 404 for others", async () => {
    const names = async (query: string) =>
      listAt(await cloud.done("GET", `/image/v2/images?${query}`), "images").map((image) => at(image, "name"));
    assert.deepEqual(await names("status=active&sort_key=name&sort_dir=desc"), ["tiny-2", "tiny"]);
    assert.deepEqual(await names("name=tiny"), ["tiny"]);
    assert.deepEqual(await names("visibility=private"), []);
    const first = await cloud.done("GET", "/image/v2/images?limit=1");
    assert.deepEqual(await names(textAt(first, "next").replace(/^.*\?/, "")), ["tiny-2"]);
    const json = { Accept: "application/json" };
    const absent = await cloud.call("GET", `/image/v2/images/${NOBODY}`, undefined, json);
    assert.equal(textAt(absent.body, "code"), "404 Not Found");
    const page = await cloud.call("GET", `/image/v2/images/${NOBODY}`);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(String(page.body), /<title>404 Not Found<\/title>/);
  });
});

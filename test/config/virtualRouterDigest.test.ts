/** What the members of a virtual router must have in common, told by one digest. */
import assert from "node:assert/strict";
import { virtualRouterDigest } from "../../agent/config/digest.ts";
import { parseAgentConfig } from "../../agent/config/parse.ts";

const WEB = {
  name: "web",
  protocol: "vrrp",
  virtualRouterId: 10,
  priority: 200,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12", "10.25.0.13"],
  addresses: ["10.25.0.10/32", "10.25.0.20/32"],
};
const API = { ...WEB, name: "api", virtualRouterId: 11, addresses: ["10.25.0.30/32"] };
const CARP = {
  ...{ name: "web", protocol: "carp", virtualRouterId: 10, password: "secret" },
  ...{ sourceAddress: "10.25.0.11", peers: ["10.25.0.12"], addresses: ["10.25.0.10/32"] },
};
const SECRET = "ab".repeat(32);
const AUTHENTICATION = { mode: "enforce", keys: [{ id: 1, secret: SECRET }], active: 1 };

/** Of the first virtual router of a configuration. */
function digestOf(virtualRouters: readonly object[], syncGroups: readonly object[] = []): string {
  const parsed = parseAgentConfig(JSON.stringify({ version: 1, node: "edge-1", virtualRouters, syncGroups }));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [router] = parsed.config.virtualRouters;
  assert.ok(router !== undefined);
  return virtualRouterDigest(router, parsed.config.syncGroups);
}

describe("the digest of a virtual router", () => {
  it("is the same on every member, whatever else each of them has", () => {
    const second = { ...WEB, sourceAddress: "10.25.0.12", peers: ["10.25.0.13", "10.25.0.11"], priority: 100 };
    assert.match(digestOf([WEB]), /^[0-9a-f]{64}$/);
    assert.equal(digestOf([second]), digestOf([WEB]));
    assert.equal(digestOf([WEB, API]), digestOf([WEB]));
  });

  it("leaves to each node what is its own", () => {
    const own = { preempt: false, preemptDelay: "30s", startupDelay: "5s", lease: "off", hooks: { up: ["/bin/true"] } };
    assert.equal(digestOf([{ ...WEB, ...own }]), digestOf([WEB]));
    const places = { addresses: [{ address: "10.25.0.10/32", interface: "ens4" }, "10.25.0.20/32"] };
    assert.equal(digestOf([{ ...WEB, ...places }]), digestOf([WEB]));
  });

  it("is another one for everything that the members must agree on", () => {
    const changes: readonly object[] = [
      { virtualRouterId: 12 },
      { peers: ["10.25.0.12"] },
      { addresses: ["10.25.0.20/32", "10.25.0.10/32"] },
      { multicast: true },
      { advertisementInterval: "100ms" },
      { acceptMode: false },
      { authentication: AUTHENTICATION },
      { authentication: { ...AUTHENTICATION, mode: "permissive" } },
      { authentication: { ...AUTHENTICATION, replay: "monotonic" } },
      { authentication: { ...AUTHENTICATION, keys: [...AUTHENTICATION.keys, { id: 2, secret: "cd".repeat(32) }] } },
    ];
    const digests = changes.map((change) => digestOf([{ ...WEB, ...change }]));
    assert.equal(new Set([...digests, digestOf([WEB])]).size, changes.length + 1);
    const carp = [CARP, { ...CARP, advertisementBase: 2 }, { ...CARP, dialect: "ucarp" }].map((host) =>
      digestOf([host]),
    );
    assert.equal(new Set(carp).size, 3);
  });

  it("depends on no secret, so that it tells nobody anything about one", () => {
    const withKey = (secret: string): object => ({ ...AUTHENTICATION, keys: [{ id: 1, secret }] });
    assert.equal(
      digestOf([{ ...WEB, authentication: withKey("cd".repeat(32)) }]),
      digestOf([{ ...WEB, authentication: withKey(SECRET) }]),
    );
    assert.equal(digestOf([{ ...CARP, password: "another" }]), digestOf([CARP]));
  });

  it("knows no members where everybody on the multicast group is one", () => {
    const multicast = { ...WEB, multicast: true, peers: [] };
    assert.equal(digestOf([{ ...multicast, sourceAddress: "10.25.0.12" }]), digestOf([multicast]));
  });

  it("tells which virtual routers are to fail over with it, in whatever order they are named", () => {
    const group = (...members: readonly string[]): object => ({ name: "gateway", members });
    const alone = digestOf([WEB, API]);
    assert.notEqual(digestOf([WEB, API], [group("web", "api")]), alone);
    assert.equal(digestOf([WEB, API], [group("web", "api")]), digestOf([WEB, API], [group("api", "web")]));
    const mail = { ...API, name: "mail", virtualRouterId: 12, addresses: ["10.25.0.40/32"] };
    assert.equal(digestOf([WEB, API, mail], [group("api", "mail")]), alone);
  });
});

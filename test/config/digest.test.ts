import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { configDigest } from "../../agent/config/digest.ts";
import { parseAgentConfig } from "../../agent/config/parse.ts";

const WEB = {
  name: "web",
  protocol: "vrrp",
  virtualRouterId: 10,
  priority: 200,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12", "10.25.0.13"],
  addresses: ["10.25.0.10/32"],
};

function digestOf(virtualRouter: object, space?: number): string {
  const parsed = parseAgentConfig(
    JSON.stringify({ version: 1, node: "edge-1", virtualRouters: [virtualRouter] }, null, space),
  );
  assert.ok(parsed.ok);
  return configDigest(parsed.config);
}

describe("the digest of a configuration", () => {
  it("is the SHA-256 of its canonical text", () => {
    const canonical =
      '{"checks":{},"node":"edge-1","syncGroups":[],"version":1,"virtualRouters":[{"acceptMode":true,' +
      '"addresses":[{"address":"10.25.0.10/32","preferredSource":false}],"advertisementInterval":1000000,' +
      '"announcement":{"burst":5,"refresh":10000000,"spacing":200000},' +
      '"hooks":{"prepareTimeout":500000,"timeout":10000000},"minimumTtl":255,"multicast":false,"name":"web",' +
      '"peers":["10.25.0.12","10.25.0.13"],"preempt":true,"preemptDelay":0,"priority":200,"protocol":"vrrp","publicAddresses":[],' +
      '"sourceAddress":"10.25.0.11","startupDelay":0,"track":{},"virtualMac":false,"virtualRouterId":10}]}';
    assert.equal(digestOf(WEB), createHash("sha256").update(canonical).digest("hex"));
  });

  it("does not tell a CARP password to who can try many", () => {
    const host = { ...WEB, priority: undefined, protocol: "carp", password: "secret" };
    const startedMs = performance.now();
    const digest = digestOf(host);
    assert.ok(performance.now() - startedMs > 5, "one try is quick");
    assert.notEqual(digest, digestOf({ ...host, password: "secrer" }));
  });

  it("is the same for the same meaning: layout, order of keys, units, defaults", () => {
    const reversed = Object.fromEntries(Object.entries(WEB).reverse());
    const explicit = {
      ...WEB,
      advertisementInterval: "1000ms",
      preempt: true,
      announcement: { refresh: "10s", burst: 5 },
    };
    assert.equal(digestOf(WEB, 2), digestOf(WEB));
    assert.equal(digestOf(reversed), digestOf(WEB));
    assert.equal(digestOf(explicit), digestOf(WEB));
  });

  it("is another for every difference, the order of a list included", () => {
    const variants = [
      WEB,
      { ...WEB, priority: 201 },
      { ...WEB, preempt: false },
      { ...WEB, peers: ["10.25.0.13", "10.25.0.12"] },
      { ...WEB, announcement: { burst: 4 } },
    ];
    assert.equal(new Set(variants.map((variant) => digestOf(variant))).size, variants.length);
  });
});

import assert from "node:assert/strict";
import { createHash, createHmac, scryptSync } from "node:crypto";
import { configDigest } from "../../agent/config/digest.ts";
import { parseAgentConfig } from "../../agent/config/parse.ts";
import type { AgentConfig } from "../../agent/config/schema/document.ts";

const WEB = {
  name: "web",
  protocol: "vrrp",
  virtualRouterId: 10,
  priority: 200,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12", "10.25.0.13"],
  addresses: ["10.25.0.10/32"],
};

const KEY = "0a".repeat(32);

function parsed(virtualRouter: object, space?: number, more: object = {}): AgentConfig {
  const document = { version: 1, node: "edge-1", virtualRouters: [virtualRouter], ...more };
  const result = parseAgentConfig(JSON.stringify(document, null, space));
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

function digestOf(virtualRouter: object, space?: number, more: object = {}): string {
  return configDigest(parsed(virtualRouter, space, more));
}

/** The value with the keys of its objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
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

  it("is keyed by the document's own key, so that nobody without it can try what is in the document", () => {
    const keyed = (digestKey: string, priority = 200) => digestOf({ ...WEB, priority }, undefined, { digestKey });
    const canonical = JSON.stringify(sorted(parsed({ ...WEB }, undefined, { digestKey: KEY })));
    assert.equal(keyed(KEY), createHmac("sha256", Buffer.from(KEY, "hex")).update(canonical).digest("hex"));
    assert.notEqual(keyed(KEY), createHash("sha256").update(canonical).digest("hex"));
    assert.equal(new Set([keyed(KEY), keyed("0b".repeat(32)), keyed(KEY, 201), digestOf(WEB)]).size, 4);
  });

  it("without a key costs much work for each try where there is something that could be guessed", () => {
    const carp = { ...WEB, priority: undefined, protocol: "carp", password: "secret" };
    const check = { checks: { api: { http: "http://user:secret@127.0.0.1/" } } };
    const state = { states: { states: { neutral: { init: [{ run: ["/bin/true", "secret"] }] } } } };
    const guessable: readonly (readonly [object, object])[] = [
      [carp, {}],
      [{ ...WEB, hooks: { up: ["/bin/up", "secret"] } }, {}],
      [{ ...WEB, hooks: { prepare: ["/bin/up", "secret"] } }, {}],
      [{ ...WEB, hooks: { down: ["/bin/up", "secret"] } }, {}],
      [{ ...WEB, track: { api: "all" } }, check],
      [WEB, state],
    ];
    for (const [router, more] of guessable) {
      const canonical = JSON.stringify(sorted(parsed(router, undefined, more)));
      const hardened = scryptSync(canonical, "failover-agent edge-1", 32, { N: 16_384, r: 8, p: 1 });
      assert.equal(digestOf(router, undefined, more), hardened.toString("hex"));
    }
    assert.notEqual(digestOf(carp), digestOf({ ...carp, password: "secrer" }));
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

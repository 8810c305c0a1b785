import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { configDigest } from "../../agent/config/digest.ts";
import { parseAgentConfig } from "../../agent/config/parse.ts";

const fixture: unknown = parse(readFileSync(new URL("fixtures/ifstated.yaml", import.meta.url), "utf8"));

/** An agent.json of a CARP pair, as the seeds have it, with these states and checks. */
function document(states: unknown, checks: unknown = {}): string {
  return JSON.stringify({
    version: 1,
    node: "edge-1",
    virtualRouters: [
      {
        name: "web",
        protocol: "carp",
        virtualRouterId: 1,
        advertisementSkew: 1,
        password: "secret",
        sourceAddress: "10.25.0.11",
        peers: ["10.25.0.12"],
        addresses: ["10.25.0.10/16"],
      },
    ],
    checks,
    states,
  });
}

function problems(states: unknown, checks?: unknown): readonly string[] {
  const parsed = parseAgentConfig(document(states, checks));
  return parsed.ok ? [] : parsed.problems;
}

describe("states in an agent.json", () => {
  it("are those of the seeds' ifstated.conf", () => {
    const parsed = parseAgentConfig(document(fixture));
    assert.deepEqual(parsed.ok ? [] : parsed.problems, []);
    assert.ok(parsed.ok);
    assert.deepEqual(Object.keys(parsed.config.states?.states ?? {}), ["neutral", "primary", "demoted"]);
    assert.equal(configDigest(parsed.config).length, 64);
  });

  it("name virtual routers and checks of the same document", () => {
    assert.deepEqual(
      problems({
        conditions: { up: "check.uplink.good" },
        states: { only: { demote: { wob: 1 }, body: [{ if: "role.wab.master && up", then: [] }] } },
      }),
      [
        'states.states.only.demote.wob: "wob" is no virtual router of this document: correct the name',
        'states.conditions.up: "uplink" is no check of this document: add it to checks, or correct the name',
        'states.states.only.body[0].if: "wab" is no virtual router of this document: correct the name',
      ],
    );
    const uplink = { uplink: { ping: "192.0.2.1" } };
    assert.deepEqual(problems({ states: { only: { body: [{ if: "check.uplink.good", then: [] }] } } }, uplink), []);
  });

  it("refuse keys that they do not have, at their place", () => {
    assert.deepEqual(problems({ states: { only: { body: [{ run: ["/bin/true"], shell: true }] } } }), [
      "states.states.only.body[0].shell: is no key of this document: remove or correct it",
    ]);
    assert.deepEqual(problems({ states: { only: {} } }, { uplink: { ping: "192.0.2.1", evry: "1s" } }), [
      "checks.uplink.evry: is no key of this document: remove or correct it",
    ]);
  });
});

/** Who counts as alive: by a heartbeat of this life, not by what databases say of the last. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ApiClient } from "../../lab/openstack/apiClient.ts";
import type { Setting } from "../../lab/openstack/configuration/common.ts";
import { agentsSince, novaServicesSince, untilNoneMissing } from "../../lab/openstack/readiness.ts";
import { placesOf } from "../../lab/openstack/settings/places.ts";

const SINCE = new Date("2026-03-01T10:00:00.700Z");
const SETTING: Setting = {
  places: placesOf("/state"),
  secrets: { admin: "a", service: "b", queue: "c" },
  region: "RegionTest",
  gateway: "http://127.0.0.1:15000",
  computeHosts: 2,
};

/** An operator who is always answered the same. */
const answering = (answer: unknown): ApiClient => ({
  call: () => Promise.resolve(answer),
  exists: () => Promise.resolve(true),
  upload: () => Promise.resolve(),
});

const agent = (type: string, host: string, heartbeat: string | null) => ({
  ...{ agent_type: type, host, heartbeat_timestamp: heartbeat, alive: true },
});
const service = (binary: string, host: string, state: string, updated: string | null) => ({
  ...{ binary, host, state, updated_at: updated },
});

describe("the census of Neutron's agents", () => {
  it("misses those whose last heartbeat is of an earlier life, though Neutron still has them for alive", async () => {
    const agents = [
      agent("Linux bridge agent", "compute-1", "2026-03-01 10:00:00"),
      agent("Linux bridge agent", "compute-2", "2026-03-01 09:59:59"),
      agent("L3 agent", "compute-1", null),
      agent("Linux bridge agent", "compute-3", "2026-03-01 10:00:05"),
    ];
    const { needed, missing } = await agentsSince(answering({ agents }), SETTING, SINCE);
    assert.deepEqual(needed, ["Linux bridge agent compute-1", "Linux bridge agent compute-2", "L3 agent compute-1"]);
    assert.deepEqual(missing, ["Linux bridge agent compute-2", "L3 agent compute-1"]);
  });
});

describe("the census of Nova's services", () => {
  it("wants conductor and scheduler wherever they are, and compute services on their hosts", async () => {
    const services = [
      service("nova-conductor", "any", "up", "2026-03-01T10:00:02.000000"),
      service("nova-scheduler", "any", "down", "2026-03-01T10:00:02.000000"),
      service("nova-compute", "compute-1", "up", "2026-03-01T10:00:02.000000"),
      service("nova-compute", "compute-2", "up", null),
    ];
    const { missing } = await novaServicesSince(answering({ services }), SETTING, SINCE);
    assert.deepEqual(missing, ["nova-scheduler", "nova-compute compute-2"]);
  });
});

describe("the wait for all of them", () => {
  it("says how many there are when that changes, and ends with the last", async () => {
    const needed = ["a", "b", "c"];
    const missing = [["a", "b"], ["b"], []];
    const said: string[] = [];
    await untilNoneMissing(
      "the three",
      () => Promise.resolve({ needed, missing: missing.shift() ?? [] }),
      (text) => said.push(text),
    );
    assert.deepEqual(said, ["waiting for the three: 1 of 3", "waiting for the three: 2 of 3"]);
  });
});

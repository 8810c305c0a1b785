/** Two members and OVH's double, one of them killed, the API failing meanwhile: the address ends where it should. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { ovhFailoverIp } from "../../agent/clouds/ovhFailoverIp.ts";
import { type GroupView, type Member } from "../../agent/publicAddress/groupView.ts";
import { RouteDriver } from "../../agent/publicAddress/routeDriver.ts";
import { USUAL_BEHAVIOUR } from "../../lab/cloud/ovh/context/behaviour.ts";
import type { OvhKey } from "../../lab/cloud/ovh/control.ts";
import { CloudUnderTest, OVH } from "../cloud/cloudUnderTest.ts";
import { ovhRoot, publicServer } from "../cloud/ovhClient.ts";

const ADDRESS = OVH.failoverIps[0]?.address ?? "";
const MOVE_MS = 200;
/** Of a machine under load, on top of what a fault costs by itself. */
const SLACK_MS = 5_000;
const LIMIT_PER_MINUTE = 60;

interface Node {
  readonly id: string;
  readonly driver: RouteDriver;
}

describe("a failover while OVH's API fails", function () {
  this.timeout(600_000);
  let cloud: CloudUnderTest;
  let key: OvhKey;
  let servers: readonly { readonly id: string; readonly address: string }[];
  let nodes: Node[] = [];

  before(async () => {
    cloud = await CloudUnderTest.start();
    servers = [await publicServer(cloud, "edge-1"), await publicServer(cloud, "edge-2")];
  });
  after(() => cloud.end());

  beforeEach(async () => {
    cloud.cloud.ovh.adjust({ ...USUAL_BEHAVIOUR, moveMs: MOVE_MS });
    const failover = `/cloud/project/${cloud.cloud.snapshot().projectId}/ip/failover`;
    key = await cloud.cloud.ovh.makeKey("agents", [
      { method: "GET", path: `${failover}*` },
      { method: "POST", path: `${failover}/*` },
    ]);
    cloud.cloud.ovh.forgetRequestCounts();
    nodes = servers.map((_, index) => memberOf(index));
    // The first one is master, and has the address.
    nodes[0]?.driver.setMastership(true);
    await ends(0, SLACK_MS);
  });
  afterEach(() => {
    for (const { driver } of nodes) driver.stop();
    cloud.cloud.faults.clear();
  });

  function memberOf(index: number): Node {
    const { id } = servers[index] ?? assert.fail();
    const { applicationKey, applicationSecret, consumerKey } = key;
    const access = {
      endpoint: `${ovhRoot(cloud)}/1.0`,
      project: cloud.cloud.snapshot().projectId,
      credentials: { applicationKey, applicationSecret, consumerKey },
    };
    const rules = { self: id, takeBackMicros: 60_000_000 };
    const subject = { virtualRouter: "web", kind: "ovhFailoverIp", address: ADDRESS };
    const api = ovhFailoverIp(access, ADDRESS, id);
    return {
      id,
      driver: new RouteDriver(subject, api, rules, groupOf(index, false), pino({ enabled: false }), () => undefined),
    };
  }

  /** What one sees of the other. */
  function groupOf(index: number, isGone: boolean): GroupView {
    const other = servers[1 - index] ?? assert.fail();
    const member: Member = {
      node: `edge-${2 - index}`,
      instance: other.id,
      reachable: !isGone,
      isMaster: false,
      preference: index === 0 ? 100 : 200,
      inMaintenance: false,
    };
    return { preference: index === 0 ? 200 : 100, members: [member] };
  }

  const holder = (): string | null =>
    cloud.cloud.snapshot().ovh.failoverIps.find(({ address }) => address === ADDRESS)?.routedTo ?? null;

  /** Waits until the address leads to a node, and the node knows. @returns how long that took, in milliseconds */
  async function ends(index: number, withinMs: number): Promise<number> {
    const startedMs = performance.now();
    const node = nodes[index] ?? assert.fail();
    for (;;) {
      const { phase, trouble } = node.driver.status();
      if (phase === "held" && holder() === node.id) return performance.now() - startedMs;
      const said = `${phase}, ${trouble?.message ?? "no trouble"}, routed to ${holder() ?? "nobody"}`;
      assert.ok(performance.now() - startedMs < withinMs, `not there after ${withinMs} ms: ${said}`);
      await delay(5);
    }
  }

  /** The first node dies, the second becomes master. */
  function failOver(): void {
    nodes[0]?.driver.stop();
    nodes[1]?.driver.setGroup(groupOf(1, true));
    nodes[1]?.driver.setMastership(true);
  }

  const requests = (): number =>
    cloud.cloud.ovh
      .requestCounts()
      .filter(({ credential }) => credential === key.credential)
      .reduce((sum, { total }) => sum + total, 0);

  const path = /\/ip\/failover/;
  const cases: readonly {
    readonly name: string;
    /** How long the fault itself may cost, in milliseconds. */
    readonly costMs: number;
    readonly begin: () => void | Promise<void>;
    /** What the world does meanwhile. */
    readonly meanwhile?: () => Promise<void>;
  }[] = [
    { name: "nothing else", costMs: 0, begin: () => undefined },
    {
      name: "every answer comes a second late",
      costMs: 5_000,
      begin: () => void cloud.cloud.faults.add({ path, delayMs: 1_000, times: 6 }),
    },
    {
      name: "400: the new instance's address is not known yet, three times",
      costMs: 6_000,
      begin: () => void cloud.cloud.faults.add({ path: /attach$/, status: 400, times: 3 }),
    },
    {
      name: "429 that asks for a pause of 2 s",
      costMs: 8_000,
      begin: () =>
        void cloud.cloud.faults.add({ path: /attach$/, status: 429, headers: { "retry-after": "2" }, times: 1 }),
    },
    {
      name: "500 four times",
      costMs: 9_000,
      begin: () => void cloud.cloud.faults.add({ path, status: 500, times: 4 }),
    },
    {
      name: "500, though it was done",
      costMs: 2_000,
      begin: () => void cloud.cloud.faults.add({ path: /attach$/, status: 500, timing: "after", times: 1 }),
    },
    {
      name: "stuck in operationPending for 3 s",
      costMs: 8_000,
      begin: () => {
        cloud.cloud.ovh.adjust({ stuckUntil: Date.now() + 3_000 });
      },
    },
    {
      name: "answers of before the move for 2 s",
      costMs: 8_000,
      begin: () => {
        cloud.cloud.ovh.adjust({ staleUntil: Date.now() + 2_000 });
      },
    },
    {
      name: "a clock that is ten minutes off all at once",
      costMs: 2_000,
      begin: () => {
        cloud.cloud.ovh.adjust({ clockOffsetMs: 600_000 });
      },
    },
    {
      name: "a key that is revoked, and given back after 2 s",
      costMs: 15_000,
      begin: () => cloud.cloud.ovh.revoke(key.credential),
      meanwhile: async () => {
        await delay(2_000);
        await cloud.cloud.ovh.validate(key.credential);
      },
    },
  ];

  for (const { name, costMs, begin, meanwhile } of cases) {
    it(`${name}: within ${((MOVE_MS + costMs + SLACK_MS) / 1_000).toFixed(1)} s`, async () => {
      await begin();
      failOver();
      await meanwhile?.();
      const tookMs = await ends(1, MOVE_MS + costMs + SLACK_MS);
      const { requests: calls, moves } = nodes[1]?.driver.status() ?? assert.fail();
      assert.ok(requests() <= LIMIT_PER_MINUTE, `${requests()} requests`);
      process.stdout.write(`      ${tookMs.toFixed(0)} ms, ${calls} calls, ${moves} of them moves\n`);
    });
  }

  it("never needs the machine that had the address: it is deleted before", async () => {
    const { id } = servers[0] ?? assert.fail();
    assert.equal(holder(), id);
    await cloud.done("DELETE", `/compute/v2.1/servers/${id}`);
    failOver();
    await ends(1, MOVE_MS + SLACK_MS);
  });
});

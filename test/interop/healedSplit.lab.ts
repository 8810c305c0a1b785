/**
 * A split that FRR wins: it was master all along on its side, so it announces nothing when the segment is whole again.
 * Neighbours on the agent's side are led to it all the same, long before they would probe the loser by themselves.
 */
import assert from "node:assert/strict";
import { SHARED_IPV4, SHARED_IPV6 } from "../../bench/daemons/daemon.ts";
import { nowMs, waitFor } from "../../lab/drills/clock.ts";
import { agentVrrp, frrVrrp, PATIENCE_MS, Rig } from "./rig.ts";

/** A neighbour of Linux waits for 5 s in doubt before it probes (`delay_first_probe_time`). */
const BY_ITSELF_MS = 3_000;
const PING_INTERVAL_S = "0.02";

describe("a split that FRR wins", function () {
  this.timeout(90_000);
  let rig: Rig;

  before(async () => {
    rig = await Rig.open(2);
    // By which a client knows over IPv6, too, who answered. FRR as master sends router advertisements, which change it.
    for (const node of rig.segment.nodes) {
      const settings = [`hop_limit=${node.ttl}`, "accept_ra=0"];
      const places = ["eth0", "default"].flatMap((place) => settings.map((one) => `net.ipv6.conf.${place}.${one}`));
      rig.segment.run(node, "sysctl", "-qw", ...places);
    }
  });
  afterEach(() => rig.reset());
  after(() => rig.close());

  for (const family of [4, 6] as const) {
    for (const virtualMac of [false, true]) {
      it(`IPv${family}, the agent with${virtualMac ? "" : "out"} virtual MAC: a client of the loser reaches the winner`, async () => {
        const address = family === 4 ? SHARED_IPV4 : SHARED_IPV6.global;
        const startedMs = nowMs();
        rig.start(1, frrVrrp({ family }));
        // Its macvlan has the address before vrrpd runs: only its word says that it is master.
        await rig.advertises(1, startedMs);
        rig.start(2, await agentVrrp({ family, multicast: true, virtualMac }));
        await rig.started(2);
        rig.segment.passFrames(rig.node(1), false);
        await rig.heldByAll(family);
        rig.segment.run(rig.segment.client, "ip", "neigh", "flush", "dev", "eth0");
        const client = rig.segment.start(
          rig.segment.client,
          ...["ping", `-${family}`, "-n", "-i", PING_INTERVAL_S, "-W", "1", address],
        );
        const answers = (number: number): number => client.output.split(`ttl=${rig.node(number).ttl} `).length - 1;
        await until(() => answers(2) > 0, "the agent does not answer on its side");
        const [healedMs, before] = [nowMs(), answers(1)];
        rig.segment.passFrames(rig.node(1), true);
        await until(() => answers(1) > before, "the winner does not answer");
        const darkMs = nowMs() - healedMs;
        process.stdout.write(`        the winner answers ${darkMs.toFixed(0)} ms after the cut is healed\n`);
        assert.ok(darkMs < BY_ITSELF_MS, `${darkMs} ms: the client found the winner by itself`);
        await rig.heldBy(1, family);
      });
    }
  }

  async function until(isSo: () => boolean, otherwise: string): Promise<void> {
    const check = (): Promise<true | undefined> => Promise.resolve(isSo() ? true : undefined);
    await waitFor(check, PATIENCE_MS, 5, () => new Error(otherwise));
  }
});

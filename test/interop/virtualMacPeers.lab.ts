/**
 * The agent beside implementations that send from the virtual MAC, as RFC 9568 7.2 has it: FRR always, keepalived with
 * use_vmac. Either way round, with a virtual MAC of its own and without: each hears the other, a planned stop and a
 * return move the address, and two masters heal after one of them stood still.
 */
import assert from "node:assert/strict";
import type { Daemon } from "../../bench/daemons/daemon.ts";
import type { Running } from "../../bench/segment/running.ts";
import { nowMs } from "../../lab/drills/clock.ts";
import { agentVrrp, frrVrrp, KEEPALIVED_COMPLAINS, keepalivedVrrp, Rig, type Transport, transportText } from "./rig.ts";

interface Pair extends Transport {
  readonly peer: string;
  readonly daemon: Daemon;
  /** Of the agent. */
  readonly virtualMac: boolean;
}

const PAIRS: readonly Pair[] = ([4, 6] as const).flatMap((family): Pair[] => {
  const multicast = { family, multicast: true } as const;
  const unicast = { family, multicast: false } as const;
  return [
    { ...multicast, virtualMac: true, peer: "FRR", daemon: frrVrrp({ family }) },
    { ...multicast, virtualMac: false, peer: "FRR", daemon: frrVrrp({ family }) },
    keepalived(multicast, "everywhere", "keepalived with use_vmac"),
    keepalived(multicast, "addresses", "keepalived with vmac_xmit_base"),
    keepalived(multicast, "none", "keepalived without use_vmac"),
    keepalived(unicast, "everywhere", "keepalived with use_vmac"),
  ];
});

function keepalived(transport: Transport, virtualMac: "everywhere" | "addresses" | "none", peer: string): Pair {
  return { ...transport, virtualMac: true, peer, daemon: keepalivedVrrp({ ...transport, virtualMac }) };
}

describe("beside virtual MACs", function () {
  this.timeout(120_000);
  let rig: Rig;

  before(async () => {
    rig = await Rig.open(2);
  });
  afterEach(() => rig.reset());
  after(() => rig.close());

  for (const pair of PAIRS) {
    const { peer, daemon, family, virtualMac } = pair;
    const title = `${transportText(pair)}, the agent with${virtualMac ? "" : "out"} virtual MAC`;

    it(`${peer} as master, ${title}: is followed, succeeded, and obeyed again [7.2-c 6.4.3-l]`, async () => {
      const other = rig.start(1, daemon);
      await rig.heldBy(1, family);
      rig.start(2, await agentVrrp(pair));
      await rig.started(2);
      await rig.assertHears(2, 1);
      await rig.staysWith(1, SETTLED_MS, family);
      await thaw(other, 1, 2, family);
      await rig.staysWith(1, SETTLED_MS, family);
      other.stop();
      await rig.heldBy(2, family);
      await other.ended;
      rig.segment.clean(rig.node(1));
      rig.start(1, daemon);
      await rig.heldBy(1, family);
      await rig.assertHears(2, 1);
      assert.doesNotMatch(other.output, KEEPALIVED_COMPLAINS);
    });

    it(`the agent as master, ${title}: ${peer} follows, succeeds, and yields again [7.2-c 6.4.2-h]`, async () => {
      const other = rig.start(2, daemon);
      await rig.heldBy(2, family);
      const own = rig.start(1, await agentVrrp(pair));
      await rig.heldBy(1, family);
      await rig.staysWith(1, SETTLED_MS, family);
      await thaw(own, 1, 2, family);
      await rig.staysWith(1, SETTLED_MS, family);
      own.stop();
      assert.equal(await own.ended, 0);
      await rig.heldBy(2, family);
      rig.start(1, await agentVrrp(pair));
      await rig.heldBy(1, family);
      await rig.assertNothingDropped(1);
      assert.doesNotMatch(other.output, KEEPALIVED_COMPLAINS);
    });
  }

  /** Lets the master stand still until its successor is master, and go on: two masters, until one yields. */
  async function thaw(master: Running, number: number, successor: number, family: 4 | 6): Promise<void> {
    const stoppedMs = nowMs();
    master.signal("SIGSTOP");
    await rig.advertises(successor, stoppedMs);
    const thawedMs = nowMs();
    master.signal("SIGCONT");
    await rig.heldBy(number, family);
    process.stdout.write(`        two masters healed within ${(nowMs() - thawedMs).toFixed(0)} ms\n`);
  }
});

/** Longer than any of them waits for a master. */
const SETTLED_MS = 500;

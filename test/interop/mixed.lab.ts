/** Groups of three that mix implementations: whoever fails, the next in order has the address, alone. */
import type { Daemon } from "../../bench/daemons/daemon.ts";
import { agentCarp, agentVrrp, keepalivedVrrp, Rig, realUcarp } from "./rig.ts";

const STEADY_MS = 1_000;

describe("groups that mix implementations", function () {
  this.timeout(180_000);
  let rig: Rig;

  before(async () => {
    rig = await Rig.open(3);
  });
  afterEach(() => rig.reset());
  after(() => rig.close());

  it("agent, keepalived, agent", async () => {
    const own = await agentVrrp();
    await walkThrough([own, keepalivedVrrp(), own]);
  });

  it("keepalived, agent, keepalived, by multicast", async () => {
    const own = await agentVrrp({ multicast: true });
    await walkThrough([keepalivedVrrp({ multicast: true }), own, keepalivedVrrp({ multicast: true })]);
  });

  it("agent, ucarp, agent", async () => {
    const own = await agentCarp();
    await walkThrough([own, realUcarp(), own]);
  });

  it("ucarp, agent, ucarp", async () => {
    await walkThrough([realUcarp(), await agentCarp(), realUcarp()]);
  });

  /** The first fails, then the second; they come back in the other order. */
  async function walkThrough(daemons: readonly Daemon[]): Promise<void> {
    const running = daemons.map((daemon, place) => rig.start(place + 1, daemon));
    await rig.heldBy(1);
    await fail(1);
    await rig.heldBy(2);
    await fail(2);
    await rig.heldBy(3);
    await rig.staysWith(3, STEADY_MS);
    await comeBack(2);
    await comeBack(1);
    await rig.staysWith(1, STEADY_MS);

    async function fail(number: number): Promise<void> {
      rig.segment.passFrames(rig.node(number), false);
      await running[number - 1]?.kill();
      rig.segment.clean(rig.node(number));
    }

    async function comeBack(number: number): Promise<void> {
      const daemon = daemons[number - 1];
      if (daemon === undefined) throw new Error(`no daemon for n${number}`);
      rig.segment.passFrames(rig.node(number), true);
      rig.start(number, daemon);
      await rig.heldBy(number);
    }
  }
});

/** The kernel's neighbours on a real segment: asked for, answered, and those that an administrator entered. */
import assert from "node:assert/strict";
import type { LinuxKernel } from "../../agent/daemon/protocolThread/linuxKernel.ts";
import { ethernet, LinuxSegment, OWN, until } from "../support/linuxSegment.ts";

const FIXED = "02:00:00:00:00:77";

describe("linux: neighbours", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  let kernel: LinuxKernel;
  let index: number;

  before(() => {
    segment = new LinuxSegment();
    kernel = segment.kernel("lx1");
    index = ethernet(kernel).index;
  });
  after(() => {
    segment.close();
  });

  for (const kind of ["ipv4", "ipv6"] as const) {
    const there = OWN.lx2[kind];
    const shown = (): string => segment.ip("lx1", "neigh", "show", there, "dev", "eth0");

    it(`are asked for, and what was known of them is forgotten: ${kind}`, async () => {
      segment.ip("lx1", "neigh", "replace", there, "lladdr", FIXED, "dev", "eth0", "nud", "stale");
      kernel.askNeighbour(index, there);
      const { mac } = ethernet(segment.kernel("lx2"));
      await until("the neighbour answered", () => kernel.neighbourMac(index, there) === mac);
    });

    it(`stay as an administrator entered them: ${kind}`, () => {
      segment.ip("lx1", "neigh", "replace", there, "lladdr", FIXED, "dev", "eth0", "nud", "permanent");
      kernel.askNeighbour(index, there);
      assert.match(shown(), new RegExp(`lladdr ${FIXED} PERMANENT`));
      assert.equal(kernel.neighbourMac(index, there), undefined);
    });
  }
});

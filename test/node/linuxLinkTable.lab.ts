/** The table of links beside what a whole look at the kernel shows: the same after every change, told or missed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { LinuxKernel } from "../../agent/daemon/protocolThread/linuxKernel.ts";
import { type Link, listLinks } from "../../agent/linux/netlink/links.ts";
import { RouteSocket } from "../../agent/linux/netlink/rtnetlink.ts";
import { ethernet, LinuxSegment } from "../support/linuxSegment.ts";

const ORIGIN = 112;

/** Without what counts down, and in an order of its own. */
function shown(links: readonly Link[]): unknown {
  const text = links.map(({ addresses, ...link }) => ({
    ...link,
    addresses: addresses.map(({ address, prefixLength, origin }) => `${address}/${prefixLength} ${origin}`).sort(),
  }));
  return text.sort((one, other) => one.index - other.index);
}

describe("linux: the table of links", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  let kernel: LinuxKernel;
  let route: RouteSocket;

  beforeEach(() => {
    segment = new LinuxSegment();
    kernel = segment.kernel("lx1");
    route = segment.within("lx1", () => new RouteSocket());
    kernel.links();
  });
  afterEach(() => {
    route.close();
    segment.close();
  });

  const isInStep = (after: string): void => {
    assert.deepEqual(shown(kernel.links()), shown(listLinks(route)), after);
  };

  /** One after the other, without a look in between. */
  function batch(lines: readonly string[]): void {
    execFileSync("ip", ["-n", "vipf-lx1", "-batch", "-"], { input: lines.join("\n") });
  }

  it("is in step with whatever an administrator does", () => {
    const deeds = [
      "addr add 10.25.0.77/32 dev eth0",
      "addr add 10.25.0.77/24 dev eth0",
      "addr del 10.25.0.77/32 dev eth0",
      "addr add 2001:db8:25::77/128 dev eth0 nodad",
      "link set eth0 address 02:00:00:00:00:99",
      "link add link eth0 name upper type macvlan mode bridge",
      "addr add 10.25.0.78/32 dev upper",
      "link add br0 type bridge",
      "link set upper master br0",
      "link set upper nomaster",
      "link set upper name lower",
      "link set eth0 down",
      "link set eth0 up",
      "link del br0",
      "link del lower",
    ];
    for (const deed of deeds) {
      segment.ip("lx1", ...deed.split(" "));
      isInStep(deed);
      // A bridge's ports are no news, and a carrier takes its time.
      const isTold = !deed.includes("master") && deed !== "link set eth0 up";
      assert.ok(kernel.wait(0).network || !isTold, `${deed} is told`);
    }
  });

  it("shows at once what this process sets and takes off, of either family, and tells nobody", () => {
    const { index } = ethernet(kernel);
    while (kernel.wait(100_000).network);
    for (const address of ["10.25.0.10", "2001:db8:25::10"]) {
      const held = { address, prefixLength: address.includes(":") ? 128 : 32, origin: ORIGIN };
      for (let count = 0; count < 10; count++) {
        kernel.addAddress(index, held);
        isInStep(`${address} is set`);
        // Of a new IPv6 address the kernel tells a moment later.
        assert.equal(kernel.wait(5_000).network, false);
        kernel.removeAddress(index, held);
        isInStep(`${address} is taken off`);
      }
    }
    assert.equal(kernel.wait(100_000).network, false);
  });

  it("is read as a whole when so much happened that the kernel could not tell it all", () => {
    const many = Array.from(
      { length: 3_000 },
      (_, index) => `10.${30 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}/32`,
    );
    batch(many.map((address) => `addr add ${address} dev eth0`));
    batch(many.slice(0, 1_500).map((address) => `addr del ${address} dev eth0`));
    assert.ok(kernel.wait(1_000_000).network);
    isInStep("thousands came and went");
    assert.ok(ethernet(kernel).addresses.length > 1_500);
  });
});

/** Default routes on a real machine: read, watched, and made to prefer a source for a while. */
import assert from "node:assert/strict";
import type { LinuxKernel } from "../../agent/daemon/protocolThread/linuxKernel.ts";
import { RouteMonitor } from "../../agent/linux/netlink/routeMonitor.ts";
import { listDefaultRoutes } from "../../agent/linux/netlink/routes.ts";
import { RouteSocket } from "../../agent/linux/netlink/rtnetlink.ts";
import { ethernet, LinuxSegment, OWN, until } from "../support/linuxSegment.ts";

const FAMILIES = [
  { family: 4, gateway: OWN.lx2.ipv4, vip: "10.25.0.10", own: OWN.lx1.ipv4, prefixLength: 32, far: "198.51.100.1" },
  {
    family: 6,
    gateway: OWN.lx2.linkLocal,
    vip: "2001:db8:25::10",
    own: OWN.lx1.ipv6,
    prefixLength: 128,
    far: "2001:db8:99::1",
  },
] as const;

describe("linux: default routes", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  let kernel: LinuxKernel;
  let index: number;
  let route: RouteSocket;

  beforeEach(() => {
    segment = new LinuxSegment();
    kernel = segment.kernel("lx1");
    index = ethernet(kernel).index;
    route = segment.within("lx1", () => new RouteSocket());
  });
  afterEach(() => {
    route.close();
    segment.close();
  });

  for (const { family, gateway, vip, own, prefixLength, far } of FAMILIES) {
    const version = `-${family}`;
    const addDefault = (...more: readonly string[]): void => {
      segment.ip("lx1", version, "route", "add", "default", "via", gateway, "dev", "eth0", ...more);
    };
    const shown = (): string => segment.ip("lx1", version, "route", "show", "default");
    const sourceToFar = (): string | undefined => {
      const [, source] = / src (\S+)/.exec(segment.ip("lx1", version, "route", "get", far)) ?? [];
      return source;
    };
    const hold = (lifetime: { readonly lifetimeSeconds?: number } = {}): void => {
      kernel.addAddress(index, { address: vip, prefixLength, origin: 112, ...lifetime });
    };

    describe(`IPv${family}`, () => {
      it("are listed by interface, gateway and metric, the preferred first", () => {
        assert.deepEqual(listDefaultRoutes(route), []);
        addDefault("metric", "300");
        addDefault("metric", "200", "src", own);
        segment.ip("lx1", version, "route", "add", "unreachable", "default", "metric", "9000");
        assert.deepEqual(listDefaultRoutes(route), [
          { family, linkIndex: index, gateway, preferredSource: own, metric: 200 },
          { family, linkIndex: index, gateway, preferredSource: undefined, metric: 300 },
        ]);
        segment.ip("lx1", "link", "set", "eth0", "down");
        assert.deepEqual(listDefaultRoutes(route), []);
      });

      it("are listed one a next hop", () => {
        const hops = ["10.25.0.12", "10.25.0.13"].map((ipv4) => (family === 4 ? ipv4 : `fe80::${ipv4.slice(-2)}`));
        const nextHops = hops.flatMap((hop) => ["nexthop", "via", hop, "dev", "eth0"]);
        segment.ip("lx1", version, "route", "add", "default", ...nextHops);
        const listed = listDefaultRoutes(route);
        assert.deepEqual(listed.map((way) => way.gateway).sort(), hops);
        assert.ok(listed.every(({ linkIndex }) => linkIndex === index));
      });

      it("are watched", () => {
        const monitor = segment.within("lx1", () => new RouteMonitor(["routes"]));
        assert.equal(monitor.drainAll(), false);
        addDefault();
        assert.equal(monitor.drainAll(), true);
        assert.equal(monitor.drainAll(), false);
        segment.ip("lx1", version, "route", "del", "default");
        assert.equal(monitor.drainAll(), true);
        monitor.close();
      });

      for (const metric of [undefined, "100"]) {
        it(`prefer a source and no longer, and are the same afterwards: metric ${metric ?? "by default"}`, () => {
          addDefault("mtu", "1400", "proto", "dhcp", ...(metric === undefined ? [] : ["metric", metric]));
          const before = shown();
          const sourceBefore = sourceToFar();
          hold();
          assert.equal(sourceToFar(), sourceBefore, "a shared address is no source by itself");
          for (let twice = 0; twice < 2; twice++) kernel.setPreferredSource({ linkIndex: index, family, source: vip });
          assert.equal(sourceToFar(), vip);
          const lines = shown().trim().split("\n");
          assert.equal(lines.length, 2);
          assert.match(lines.find((line) => line.includes(`src ${vip}`)) ?? "", /mtu 1400/);
          for (let twice = 0; twice < 2; twice++) {
            kernel.setPreferredSource({ linkIndex: index, family, source: undefined });
            assert.equal(shown(), before);
          }
          assert.equal(sourceToFar(), sourceBefore);
        });
      }

      it("keep the machine's way out when the source is gone before it was given up", async () => {
        addDefault();
        const before = shown();
        hold({ lifetimeSeconds: 1 });
        kernel.setPreferredSource({ linkIndex: index, family, source: vip });
        await until("the address ended", () => !ethernet(kernel).addresses.some(({ address }) => address === vip));
        assert.notEqual(sourceToFar(), vip);
        assert.ok(listDefaultRoutes(route).some((way) => way.gateway === gateway));
        kernel.setPreferredSource({ linkIndex: index, family, source: undefined });
        assert.equal(shown(), before);
      });

      it("may be none, or of another interface, or change under it", () => {
        hold();
        kernel.setPreferredSource({ linkIndex: index, family, source: vip });
        assert.equal(shown(), "");
        addDefault("metric", "50");
        kernel.setPreferredSource({ linkIndex: index + 1, family, source: vip });
        assert.doesNotMatch(shown(), new RegExp(vip));
        kernel.setPreferredSource({ linkIndex: index, family, source: vip });
        assert.equal(sourceToFar(), vip);
        segment.ip("lx1", version, "route", "del", "default", "metric", "50");
        kernel.setPreferredSource({ linkIndex: index, family, source: vip });
        assert.equal(shown(), "", "a copy does not outlive its original");
      });

      it("refuse a source that is not here", () => {
        addDefault();
        assert.throws(
          () => {
            kernel.setPreferredSource({ linkIndex: index, family, source: vip });
          },
          { code: "EINVAL" },
        );
      });
    });
  }
});

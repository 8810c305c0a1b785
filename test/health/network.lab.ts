/** Checks of the network on a real one: the kernel's events, and echo requests to another machine. */
import assert from "node:assert/strict";
import { Checks } from "../../agent/checks/checks.ts";
import { NetworkWatch } from "../../agent/checks/networkMonitor.ts";
import { probePing } from "../../agent/checks/probes.ts";
import { checks as schema } from "../../agent/config/schema/check.ts";
import type { CheckResult } from "../../agent/health/verdict.ts";
import { LinuxSegment, OWN } from "../support/linuxSegment.ts";
import { until } from "../support/until.ts";
import { longestStall } from "./stall.ts";

describe("checks on a real network", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  let network: NetworkWatch | undefined;
  let checks: Checks | undefined;
  beforeEach(() => {
    segment = new LinuxSegment();
  });
  afterEach(() => {
    checks?.stop();
    network?.close();
    network?.close();
    segment.close();
  });

  function start(document: Parameters<typeof schema.parse>[0]): Checks {
    // Sockets stay in the namespace in which they were opened.
    return segment.within("lx1", () => {
      network = new NetworkWatch();
      checks = new Checks(schema.parse(document), network);
      checks.start();
      return checks;
    });
  }

  const verdict = (name: string): string | undefined => checks?.verdicts().get(name);

  it("a link without a carrier, and with one again", async () => {
    start({ link: { link: "eth0" }, none: { link: "eth9" } });
    assert.equal(verdict("link"), "good");
    assert.equal(verdict("none"), "failed");
    segment.ip("lx2", "link", "set", "eth0", "down");
    await until(() => verdict("link") === "failed", "the loss of the carrier");
    segment.ip("lx2", "link", "set", "eth0", "up");
    await until(() => verdict("link") === "good", "the carrier");
  });

  it("an address that comes and goes, of either family", async () => {
    start({ four: { address: "10.25.0.10" }, six: { address: "2001:db8:25::10", interface: "eth0" } });
    segment.ip("lx1", "addr", "add", "10.25.0.10/32", "dev", "eth0");
    segment.ip("lx1", "addr", "add", "2001:db8:25::10/128", "dev", "eth0", "nodad");
    await until(() => verdict("four") === "good" && verdict("six") === "good", "the addresses");
    segment.ip("lx1", "addr", "del", "10.25.0.10/32", "dev", "eth0");
    segment.ip("lx1", "addr", "del", "2001:db8:25::10/128", "dev", "eth0");
    await until(() => verdict("four") === "failed" && verdict("six") === "failed", "their end");
  });

  it("a default route that comes and goes, of either family", async () => {
    start({ four: { defaultRoute: 4 }, six: { defaultRoute: 6, interface: "eth0" } });
    assert.equal(verdict("four"), "failed");
    segment.ip("lx1", "route", "add", "default", "via", OWN.lx2.ipv4);
    segment.ip("lx1", "-6", "route", "add", "default", "via", OWN.lx2.ipv6);
    await until(() => verdict("four") === "good" && verdict("six") === "good", "the routes");
    segment.ip("lx1", "route", "del", "default");
    segment.ip("lx1", "-6", "route", "del", "default");
    await until(() => verdict("four") === "failed" && verdict("six") === "failed", "their end");
  });

  it("a storm of changes does not hold the thread", async () => {
    start({ address: { address: "10.25.1.200" } });
    const stall = longestStall();
    const commands = Array.from({ length: 200 }, (_, index) => `addr add 10.25.1.${index + 1}/32 dev eth0`).join("\n");
    segment.run("lx1", "sh", "-c", `echo "${commands}" | ip -batch -`);
    await until(() => verdict("address") === "good", "the last address");
    // The command itself was waited for: what counts is what came after it.
    assert.ok(stall.end() < 50);
  });

  const ping = (host: string, on?: string, timeoutMs = 5_000): Promise<CheckResult> =>
    segment.within("lx1", () => probePing(host, on, AbortSignal.timeout(timeoutMs)));

  for (const kind of ["ipv4", "ipv6", "linkLocal"] as const) {
    it(`a host that answers, and no longer: ${kind}`, async () => {
      const on = kind === "linkLocal" ? "eth0" : undefined;
      const host = OWN.lx2[kind];
      assert.deepEqual(await ping(host, on), { verdict: "good", reason: `${host} answers` });
      segment.ip("lx2", "link", "set", "eth0", "down");
      // Of either family: silence, or the kernel's word that nothing can be sent.
      const later = await ping(host, on, 200).then(
        ({ verdict: found }) => found,
        (error: unknown) => String(error),
      );
      assert.match(later, /failed|ENOBUFS|ENETDOWN|ENETUNREACH/);
    });
  }

  it("a host that there is no way to", async () => {
    await assert.rejects(ping("192.0.2.1"), /ENETUNREACH/);
  });

  it("twenty pings at once, each its own answer", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => ping(OWN.lx2.ipv4)));
    assert.ok(results.every(({ verdict: each }) => each === "good"));
  });
});

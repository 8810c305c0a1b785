/** Accept mode on a real segment: packets to a shared address are dropped, while everybody still finds out where it is. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { AgentConfig } from "../../agent/config/schema/document.ts";
import { AcceptMode } from "../../agent/daemon/acceptMode.ts";
import { Troubles } from "../../agent/logging/troubles.ts";
import { configOf } from "../support/documents.ts";
import { LinuxSegment, OWN, until } from "../support/linuxSegment.ts";
import { RecordedLog } from "../support/recordedLog.ts";

const FAMILIES = [
  { family: 4, vip: "10.25.0.10", prefixLength: 32, own: OWN.lx1.ipv4 },
  { family: 6, vip: "2001:db8:25::10", prefixLength: 128, own: OWN.lx1.ipv6 },
] as const;

describe("linux: accept mode", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  let log: RecordedLog;
  let acceptMode: AcceptMode;

  beforeEach(() => {
    segment = new LinuxSegment();
    log = new RecordedLog();
    acceptMode = new AcceptMode(log.log, new Troubles(log.log));
    for (const { vip, prefixLength } of FAMILIES) {
      segment.ip("lx1", "addr", "add", `${vip}/${prefixLength}`, "dev", "eth0", "nodad");
    }
  });
  afterEach(() => {
    segment.close();
  });

  /** A process is where its parent is when it starts. */
  const apply = (config: Pick<AgentConfig, "virtualRouters">) => segment.within("lx1", () => acceptMode.apply(config));

  function answers(address: string): boolean {
    const ping = ["ping", "-n", "-c", "1", "-W", "1", "-I", "eth0", address];
    return spawnSync("ip", ["netns", "exec", "vipf-lx2", ...ping]).status === 0;
  }

  const neighbour = (address: string): string => segment.ip("lx2", "neigh", "show", address, "dev", "eth0");

  for (const { family, vip, prefixLength, own } of FAMILIES) {
    const linkLocal = { sourceAddress: "fe80::11", peers: ["fe80::12"], interface: "eth0" };
    const addresses = [...(family === 4 ? [] : ["fe80::10/128"]), `${vip}/${prefixLength}`];
    const config = (acceptMode: boolean) => configOf(1, { acceptMode, addresses, ...(family === 4 ? {} : linkLocal) });

    describe(`IPv${family}`, () => {
      it("false keeps packets out, and the address is still found [6.1-k 6.4.3-c:+ 6.4.3-g]", async () => {
        await apply(config(false));
        assert.equal(answers(vip), false);
        assert.match(neighbour(vip), /lladdr/, "the broadcast or multicast question was answered");
        assert.ok(answers(own), "the host's own address is its own");

        const mac = /lladdr (\S+)/.exec(neighbour(vip))?.[1] ?? "";
        segment.ip("lx2", "neigh", "replace", vip, "lladdr", mac, "dev", "eth0", "nud", "probe");
        await until("the question to the address itself is answered", () => neighbour(vip).includes("REACHABLE"));
        assert.deepEqual(log.lines, []);
      });

      it("true lets them in, and so does the end of the agent [6.1-j 6.4.3-f]", async () => {
        await apply(config(false));
        await apply(config(true));
        assert.ok(answers(vip));
        await apply(config(false));
        assert.equal(answers(vip), false);
        await segment.within("lx1", () => acceptMode.remove());
        assert.ok(answers(vip));
        assert.equal(segment.run("lx1", "nft", "list", "tables").trim(), "");
      });
    });
  }

  it("replaces what an earlier life left, and nobody else's rules", async () => {
    segment.run("lx1", "nft", "table inet other { chain input { type filter hook input priority 0; }; }");
    segment.run(
      "lx1",
      "nft",
      "table inet vipf-accept { chain old { type filter hook input priority 0; policy drop; }; }",
    );
    assert.equal(answers(OWN.lx1.ipv4), false);
    await apply(configOf(1));
    assert.ok(answers(OWN.lx1.ipv4));
    assert.equal(segment.run("lx1", "nft", "list", "tables").trim(), "table inet other");
  });
});

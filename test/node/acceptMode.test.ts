/** Accept mode: whose packets are kept out, the rules as text, and what is said when nft cannot carry them out. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AcceptMode, refusedAddresses, rulesFor } from "../../agent/daemon/acceptMode.ts";
import { Troubles } from "../../agent/logging/troubles.ts";
import { carp, configOf, nodeOf } from "../support/documents.ts";
import { RecordedLog } from "../support/recordedLog.ts";

const closed = configOf(1, { acceptMode: false });
const open = configOf(1);

describe("accept mode: whose packets are kept out", () => {
  it("those to the addresses of a router that does not accept, in every role [6.1-j 6.4.2-e 6.4.3-g]", () => {
    assert.deepEqual(refusedAddresses(closed), ["10.25.0.10"]);
    assert.deepEqual(refusedAddresses(open), []);
  });

  it("never those to the owner's, which are its own [6.4.3-f]", () => {
    assert.deepEqual(refusedAddresses(configOf(1, { acceptMode: false, priority: 255 })), []);
  });

  it("never those to a CARP host's, for CARP has no such mode", () => {
    assert.deepEqual(refusedAddresses(nodeOf(1, carp(1))), []);
  });
});

describe("accept mode: the rules", () => {
  it("replace whatever there was in one transaction, and are none for nobody", () => {
    const none = "table inet vipf-accept\ndelete table inet vipf-accept\n";
    assert.equal(rulesFor([]), none);
    assert.ok(rulesFor(["10.25.0.10"]).startsWith(`${none}table inet vipf-accept {\n`));
  });

  it("drop packets, and let neighbours be discovered [6.1-k]", () => {
    const lines = rulesFor(["10.25.0.10", "2001:db8::10", "10.25.0.20"]).split("\n");
    assert.deepEqual(
      lines.map((line) => line.trim()).filter((line) => line.startsWith("ip")),
      [
        "ip daddr { 10.25.0.10, 10.25.0.20 } drop",
        "ip6 daddr { 2001:db8::10 } icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
        "ip6 daddr { 2001:db8::10 } drop",
      ],
    );
  });
});

describe("accept mode: nft", () => {
  let directory: string;
  let nft: string;
  const asked = (): string => readFileSync(join(directory, "asked"), "utf8");

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-accept-"));
    nft = join(directory, "nft");
    program("cat > asked.new; cat asked.new >> asked");
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  function program(body: string): void {
    writeFileSync(nft, `#!/bin/sh\ncd ${directory}\n${body}\n`);
    chmodSync(nft, 0o700);
  }

  it("is told the rules once, and again when they are others", async () => {
    const log = new RecordedLog();
    const acceptMode = new AcceptMode(log.log, new Troubles(log.log), nft);
    await acceptMode.apply(closed);
    await acceptMode.apply(closed);
    assert.equal(asked(), rulesFor(["10.25.0.10"]));
    await acceptMode.remove();
    await acceptMode.remove();
    assert.equal(asked(), rulesFor(["10.25.0.10"]) + rulesFor([]));
    assert.deepEqual(log.lines, []);
  });

  it("clears up at the start even when nothing is to be kept out: an earlier life may have left its table", async () => {
    const { log } = new RecordedLog();
    await new AcceptMode(log, new Troubles(log), nft).apply(open);
    assert.equal(asked(), rulesFor([]));
  });

  it("that is missing is an error with the remedy, and the agent goes on", async () => {
    const log = new RecordedLog();
    await new AcceptMode(log.log, new Troubles(log.log), join(directory, "nowhere")).apply(closed);
    assert.deepEqual(log.lines, [
      {
        level: "error",
        message: "packets to 10.25.0.10 are not kept out",
        remedy: "install nftables",
        error: "nft is not installed",
      },
    ]);
  });

  it("that is missing where nobody needs it is no error", async () => {
    const log = new RecordedLog();
    await new AcceptMode(log.log, new Troubles(log.log), join(directory, "nowhere")).apply(open);
    assert.deepEqual(
      log.lines.map(({ level }) => level),
      ["debug"],
    );
  });

  it("that refuses is quoted, and is asked again at the next configuration", async () => {
    const log = new RecordedLog();
    const troubles = new Troubles(log.log);
    const acceptMode = new AcceptMode(log.log, troubles, nft);
    program("echo 'Operation not permitted' >&2; exit 1");
    await acceptMode.apply(closed);
    assert.equal(log.lines[0]?.["error"], "Operation not permitted");
    assert.deepEqual(
      troubles.status().map(({ kind, error }) => [kind, error]),
      [["accept-mode", "Operation not permitted"]],
    );
    program("cat > asked");
    await acceptMode.apply(closed);
    assert.equal(asked(), rulesFor(["10.25.0.10"]));
    assert.deepEqual(troubles.status(), []);
  });
});

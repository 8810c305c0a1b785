/** What is wrong with the agent itself: said when it begins and when it ends, in the status meanwhile. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeStateFile } from "../../agent/daemon/nodeStateFile.ts";
import { ServiceManager } from "../../agent/daemon/systemdNotify.ts";
import { Troubles } from "../../agent/logging/troubles.ts";
import { PendingDownHooks } from "../../agent/programs/pendingDownHooks.ts";
import { RecordedLog } from "../support/recordedLog.ts";

describe("node: troubles", () => {
  let log: RecordedLog;
  let troubles: Troubles;
  let directory = "";

  beforeEach(() => {
    log = new RecordedLog();
    troubles = new Troubles(log.log);
    directory = mkdtempSync(join(tmpdir(), "vipf-troubles-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const kinds = (): string[] => troubles.status().map(({ kind }) => kind);

  it("are logged once while they are the same, and keep the time at which they began", () => {
    const what = { level: "warn", message: "it does not work", error: "EIO" } as const;
    troubles.begin("hooks-file", what);
    const [first] = troubles.status();
    troubles.begin("hooks-file", what);
    troubles.begin("hooks-file", { ...what, error: "ENOSPC" });
    troubles.end("accept-mode");
    assert.deepEqual(troubles.status(), [{ ...first, error: "ENOSPC" }]);
    troubles.end("hooks-file");
    assert.deepEqual(troubles.status(), []);
    assert.deepEqual(
      log.lines.map(({ level, message, error }) => [level, message, error]),
      [
        ["warn", "it does not work", "EIO"],
        ["warn", "it does not work", "ENOSPC"],
        ["info", "no longer: it does not work", undefined],
      ],
    );
  });

  it("name the file of the roles when it cannot be written, until it can", () => {
    const state = join(directory, "state");
    writeFileSync(state, "a file where a directory should be");
    const file = new NodeStateFile(state, new ServiceManager({}), troubles);
    file.keep({ node: "edge-1", virtualRouters: [] });
    assert.deepEqual(kinds(), ["node-state-file"]);
    assert.match(log.messages("warn")[0] ?? "", /after a crash nobody says goodbye for this node/);
    rmSync(state);
    mkdirSync(state);
    file.keep({ node: "edge-1", virtualRouters: [] });
    assert.deepEqual(kinds(), []);
  });

  it("name the file of owed hooks when it cannot be written, until it can", () => {
    const persistent = join(directory, "persistent");
    writeFileSync(persistent, "a file where a directory should be");
    const owed = new PendingDownHooks(persistent, troubles);
    owed.note("web", true);
    assert.deepEqual(kinds(), ["hooks-file"]);
    rmSync(persistent);
    owed.note("mail", true);
    assert.deepEqual(kinds(), []);
    assert.ok(new PendingDownHooks(persistent, troubles).has("web"));
  });
});

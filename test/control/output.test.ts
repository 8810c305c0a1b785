/** What a command prints arrives whole, however slowly it is read; and a reader may have had enough. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveControl } from "../../agent/control/server.ts";
import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import { configOf } from "../support/documents.ts";
import { readSlowly } from "../support/slowReader.ts";
import { agentStatus, routerStatus } from "../support/statuses.ts";

const MEBIBYTE = 1 << 20;
const ROUTERS = 2_000;
const LINE = JSON.stringify({ kind: "event", text: "x".repeat(1_000) });
const never = (): Promise<never> => Promise.reject(new Error("not in this test"));

describe("the output of failover-agent", function () {
  this.timeout(60_000);
  let directory: string;
  let server: Server;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "vipf-output-"));
    const virtualRouters = Array.from({ length: ROUTERS }, (_, index) => routerStatus({ name: `web-${index}` }));
    server = await serveControl(join(directory, "control.sock"), {
      status: () => Promise.resolve(agentStatus({ virtualRouters })),
      recording: () => Promise.resolve(Array.from({ length: 1_200 }, () => LINE)),
      config: () => configOf(1, { priority: 200 }),
      reload: never,
      handOver: never,
      obey: never,
    });
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(directory, { recursive: true });
  });

  const command = (...words: string[]): string[] => ["agent/main.ts", ...words, "--state-dir", directory];

  it("is whole JSON through a pipe that is read slowly", async () => {
    const { code, out, error } = await readSlowly(command("status", "--json"));
    assert.deepEqual([code, error], [0, ""]);
    assert.ok(out.length > MEBIBYTE, `${out.length} octets`);
    assert.equal((JSON.parse(out) as AgentStatus).virtualRouters.length, ROUTERS);
  });

  it("is a whole recording, so that replay reads what was recorded", async () => {
    const { code, out } = await readSlowly(command("record"));
    assert.equal(code, 0);
    assert.equal(out, `${LINE}\n`.repeat(1_200));
  });

  it("ends in silence when its reader has had enough", async () => {
    const { code, error } = await readSlowly(command("status", "--json"), 1);
    assert.deepEqual([code, error], [0, ""]);
  });
});

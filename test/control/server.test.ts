/** The control socket: what it answers, whom it lets in, and what it does not put up with. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AgentUnreachable,
  fetchMetrics,
  fetchRecording,
  fetchSimulationBasis,
  fetchStatus,
  sendHandover,
  sendOperatorOrder,
  sendReload,
} from "../../agent/cli/client.ts";
import { MAX_BODY_BYTES, type ReloadResult } from "../../agent/control/protocol.ts";
import { type Controlled, serveControl } from "../../agent/control/server.ts";
import { configOf } from "../support/documents.ts";
import { agentStatus } from "../support/statuses.ts";

const STATUS = agentStatus();
const RELOADED: ReloadResult = {
  changed: true,
  digest: "d2",
  added: ["web"],
  removed: [],
  reconfigured: [],
  obstacles: [],
};
const OPERATOR = STATUS.operator;

describe("control socket", () => {
  let directory = "";
  let path = "";
  let texts: string[] = [];
  const servers: Server[] = [];

  async function serve(changes: Partial<Controlled> = {}): Promise<void> {
    const controlled: Controlled = {
      status: () => Promise.resolve(STATUS),
      reload: (text) => {
        texts.push(text);
        return Promise.resolve(RELOADED);
      },
      handOver: ({ to = null }) => Promise.resolve({ handedOver: ["web"], to }),
      obey: (order) => {
        texts.push(JSON.stringify(order));
        return Promise.resolve(OPERATOR);
      },
      recording: () => Promise.resolve(['{"kind":"recording"}', '{"kind":"event"}']),
      config: () => configOf(1),
      ...changes,
    };
    servers.push(await serveControl(path, controlled));
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-control-"));
    path = join(directory, "control.sock");
    texts = [];
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(directory, { recursive: true });
  });

  /** Sends bytes as they are and returns all that comes back until the other side closes. */
  function exchangeRaw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      let answer = "";
      socket.on("data", (chunk) => (answer += chunk.toString()));
      socket.on("close", () => {
        resolve(answer);
      });
      socket.on("error", reject);
      socket.write(text);
    });
  }

  it("tells the status and takes a configuration", async () => {
    await serve();
    assert.deepEqual(await fetchStatus(path), STATUS);
    assert.deepEqual(await sendReload(path, '{"é":1}'), RELOADED);
    assert.deepEqual(texts, ['{"é":1}']);
  });

  it("takes an operator's orders as they are meant, and no others", async () => {
    await serve();
    assert.deepEqual(await sendHandover(path, { virtualRouter: "web", to: "edge-2" }), {
      handedOver: ["web"],
      to: "edge-2",
    });
    for (const order of [{ kind: "drain" }, { kind: "maintenance", forSeconds: 1_800 }] as const) {
      assert.deepEqual(await sendOperatorOrder(path, order), OPERATOR);
    }
    assert.deepEqual(texts, ['{"kind":"drain"}', '{"kind":"maintenance","forSeconds":1800}']);
    assert.deepEqual(await sendOperatorOrder(path, { kind: "maintenance", forSeconds: 0 }), {
      problems: ["forSeconds: 0 is not a number of seconds: write a whole number from 1 to 2592000"],
    });
    assert.deepEqual(await sendOperatorOrder(path, { kind: "reboot" } as never), {
      problems: ['kind: {"kind":"reboot"} is not an order: write one such as { "kind": "drain" }'],
    });
    assert.deepEqual(await sendHandover(path, { to: "" }), {
      problems: ['to: "" is not the name of a node: write 1 to 64 characters, such as edge-2'],
    });
  });

  it("tells metrics and recording as text", async () => {
    await serve();
    const text = await fetchMetrics(path);
    assert.match(typeof text === "string" ? text : "", /^vipf_drained 0$/m);
    assert.equal(await fetchRecording(path), '{"kind":"recording"}\n{"kind":"event"}\n');
  });

  it("tells what a simulation begins with, and no secret", async () => {
    const secret = "c0ffee".repeat(12);
    const config = configOf(1, { authentication: { mode: "enforce", keys: [{ id: 1, secret }], active: 1 } });
    await serve({ config: () => config });
    const basis = await fetchSimulationBasis(path);
    assert.ok("config" in basis);
    assert.equal(basis.config.virtualRouters[0]?.name, "web");
    assert.doesNotMatch(JSON.stringify(basis), new RegExp(secret));
  });

  it("is for its owner alone, from the moment it is there", async () => {
    await serve();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("passes the problems of a refused configuration on", async () => {
    await serve({ reload: () => Promise.resolve({ problems: ["priority: 0 is not"] }) });
    assert.deepEqual(await sendReload(path, "{}"), { problems: ["priority: 0 is not"] });
  });

  it("answers with the reason when the agent cannot", async () => {
    await serve({ status: () => Promise.reject(new Error("the protocol's thread did not answer")) });
    assert.deepEqual(await fetchStatus(path), { problems: ["the protocol's thread did not answer"] });
  });

  it("refuses what is too long without reading it all", async () => {
    await serve();
    const answer = await sendReload(path, " ".repeat(MAX_BODY_BYTES + 1));
    assert.deepEqual(answer, { problems: [`longer than ${MAX_BODY_BYTES} octets`] });
    assert.deepEqual(texts, []);
  });

  it("knows nothing but its own paths", async () => {
    await serve();
    assert.match(await exchangeRaw("DELETE /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1.1 404 /);
  });

  it("survives what is not HTTP", async () => {
    await serve();
    assert.match(await exchangeRaw("\x00\xff\r\n\r\n"), /^HTTP\/1.1 400 /);
    assert.deepEqual(await fetchStatus(path), STATUS);
  });

  it("refuses to start where another agent answers", async () => {
    await serve();
    await assert.rejects(serve(), /control\.sock is answered by a running agent/);
    assert.deepEqual(await fetchStatus(path), STATUS);
  });

  it("replaces what a dead agent left", async () => {
    writeFileSync(path, "");
    await serve();
    assert.deepEqual(await fetchStatus(path), STATUS);
  });

  it("is reported as unreachable when nobody is there", async () => {
    await assert.rejects(fetchStatus(path), (error) => {
      assert.ok(error instanceof AgentUnreachable);
      assert.match(
        error.message,
        /no agent answers on .*control\.sock \(.*ENOENT.*\): is it running, and are you root\?/,
      );
      return true;
    });
  });
});

/** Where the metrics are served, and what happens to it when the configuration changes. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { MetricsServer } from "../../agent/control/metricsServer.ts";
import { Troubles } from "../../agent/logging/troubles.ts";
import { RecordedLog } from "../support/recordedLog.ts";
import { agentStatus } from "../support/statuses.ts";

describe("metrics server", () => {
  const servers: MetricsServer[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.stop();
  });

  function serve(status = () => Promise.resolve(agentStatus())): MetricsServer {
    const { log } = new RecordedLog();
    const server = new MetricsServer(status, log, new Troubles(log));
    servers.push(server);
    return server;
  }

  /** A port that was free a moment ago. */
  async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  async function eventually(attempt: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + 5_000;
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(5);
      }
    }
  }

  const get = (port: number, path = "/metrics"): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);

  it("answers GET /metrics and nothing else, from when it is configured until it is not", async () => {
    const port = await freePort();
    const server = serve();
    server.follow({ listen: "127.0.0.1", port });
    await eventually(() => get(port));
    const response = await get(port);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await response.text(), /^vipf_role\{virtual_router="web"/m);
    assert.equal((await get(port, "/v1/status")).status, 404);
    assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST" })).status, 404);
    server.follow(undefined);
    await assert.rejects(get(port));
  });

  it("moves with the configuration", async () => {
    const [first, second] = [await freePort(), await freePort()];
    const server = serve();
    server.follow({ listen: "127.0.0.1", port: first });
    await eventually(() => get(first));
    server.follow({ listen: "127.0.0.1", port: second });
    await eventually(() => get(second));
    await assert.rejects(get(first));
  });

  it("says that the agent does not answer", async () => {
    const port = await freePort();
    serve(() => Promise.reject(new Error("the protocol's thread hangs"))).follow({ listen: "127.0.0.1", port });
    await eventually(() => get(port));
    const response = await get(port);
    assert.equal(response.status, 503);
    assert.equal(await response.text(), "the protocol's thread hangs\n");
  });

  it("lives with an address it cannot have", async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { log, lines } = new RecordedLog();
    const troubles = new Troubles(log);
    const server = new MetricsServer(() => Promise.resolve(agentStatus()), log, troubles);
    servers.push(server);
    server.follow({ listen: "127.0.0.1", port: (taken.address() as AddressInfo).port });
    await eventually(() => {
      assert.match(JSON.stringify(lines), /EADDRINUSE.*metrics are not served/);
      return Promise.resolve();
    });
    assert.deepEqual(
      troubles.status().map(({ kind }) => kind),
      ["metrics-server"],
    );
    server.stop();
    assert.deepEqual(troubles.status(), []);
    taken.close();
  });
});

/** The gateway in front of a real OpenStack's services, with a service of the test's own behind it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { createServer as createListener } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { type Gateway, openGateway } from "../../lab/openstack/gateway.ts";

const SILENT = pino({ enabled: false });

describe("the gateway", () => {
  let folder = "";
  let gateway: Gateway;
  let service: Server;
  let answer: (asked: IncomingMessage, reply: ServerResponse) => void;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vipf-gateway-"));
    service = createServer((asked, reply) => {
      answer(asked, reply);
    });
    service.listen(join(folder, "network.sock"));
    await once(service, "listening");
    gateway = await openGateway(0, (api) => join(folder, `${api}.sock`), SILENT);
  });
  afterEach(async () => {
    await gateway.close();
    service.close();
    service.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  it("hands a request on with the service's own path, and says where it came in", async () => {
    answer = (asked, reply) => {
      const { method, url, headers } = asked;
      void text(asked).then((body) => reply.end(JSON.stringify({ method, url, headers, body })));
    };
    const response = await fetch(`${gateway.url}/network/v2.0/ports?name=a%2Fb&limit=1`, {
      method: "PUT",
      headers: { "x-auth-token": "secret", "content-type": "application/json" },
      body: '{"port":{}}',
    });
    const seen = (await response.json()) as {
      method: string;
      url: string;
      body: string;
      headers: Record<string, string>;
    };
    assert.deepEqual([seen.method, seen.url, seen.body], ["PUT", "/v2.0/ports?name=a%2Fb&limit=1", '{"port":{}}']);
    assert.equal(seen.headers["x-auth-token"], "secret");
    assert.equal(seen.headers["x-forwarded-prefix"], "/network");
    assert.equal(seen.headers["x-forwarded-host"], new URL(gateway.url).host);
  });

  it("gives the root of a service with and without a slash", async () => {
    answer = ({ url }, reply) => reply.end(url);
    for (const path of ["/network", "/network/"]) assert.equal(await (await fetch(gateway.url + path)).text(), "/");
  });

  it("hands status, headers and body back, without what concerned one connection", async () => {
    answer = (_asked, reply) => {
      reply.writeHead(409, { "x-openstack-request-id": "req-1", connection: "close, x-hop", "x-hop": "1" });
      reply.end('{"conflict":true}');
    };
    const response = await fetch(`${gateway.url}/network/v2.0/ports`);
    assert.equal(response.status, 409);
    assert.equal(response.headers.get("x-openstack-request-id"), "req-1");
    assert.equal(response.headers.get("x-hop"), null);
    assert.deepEqual(await response.json(), { conflict: true });
  });

  it("does not wait for the end of a body, on the way there or back", async () => {
    let received = "";
    answer = (asked, reply) => {
      asked.setEncoding("utf8").once("data", (part: string) => {
        received = part;
        reply.write("first half");
      });
      asked.once("end", () => reply.end(", second half"));
    };
    const asked = request(`${gateway.url}/network/upload`, { method: "PUT" });
    asked.write("begin");
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    assert.equal(received, "begin");
    const whole = text(response);
    asked.end("end");
    assert.equal(await whole, "first half, second half");
  });

  it("ends its request when the caller hangs up", async () => {
    const gone = new Promise<void>((resolve) => {
      answer = (asked) => {
        asked.socket.once("close", () => {
          resolve();
        });
        caller.abort();
      };
    });
    const caller = new AbortController();
    await assert.rejects(fetch(`${gateway.url}/network/slow`, { signal: caller.signal }), { name: "AbortError" });
    await gone;
  });

  it("says which service does not answer, in that service's words", async () => {
    const response = await fetch(`${gateway.url}/compute/v2.1/servers`);
    assert.equal(response.status, 503);
    const { serviceUnavailable } = (await response.json()) as { serviceUnavailable: { message: string } };
    assert.match(serviceUnavailable.message, /does not answer at \/compute: .*ENOENT/);
  });

  it("knows no other paths", async () => {
    const response = await fetch(`${gateway.url}/volume/v3`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /the lab's cloud has identity, network, compute, image, placement/);
  });

  it("spoils answers as the doubles do: instead of the service's, or after it has done its work", async () => {
    let done = 0;
    answer = (_asked, reply) => {
      done += 1;
      reply.end("{}");
    };
    gateway.faults.add({ path: /^\/network\/v2\.0\/ports$/, status: 503, times: 1 });
    const instead = await fetch(`${gateway.url}/network/v2.0/ports`);
    assert.deepEqual([instead.status, done], [503, 0]);
    assert.ok("NeutronError" in ((await instead.json()) as object));
    gateway.faults.add({ method: "POST", path: /ports/, status: 500, timing: "after", times: 1 });
    const after = await fetch(`${gateway.url}/network/v2.0/ports`, { method: "POST", body: "{}" });
    assert.deepEqual([after.status, done], [500, 1]);
    assert.equal((await fetch(`${gateway.url}/network/v2.0/ports`)).status, 200);
  });

  it("serves the connections of another listening socket", async () => {
    answer = ({ headers }, reply) => reply.end(JSON.stringify(headers["x-forwarded-host"]));
    const other = createListener().listen(0, "127.0.0.1");
    await once(other, "listening");
    gateway.serve(other);
    const address = other.address();
    assert.ok(typeof address === "object" && address !== null);
    const asked = request({
      port: address.port,
      path: "/network/",
      headers: { host: "203.0.113.2:15000" },
      agent: false,
    });
    asked.end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    assert.equal(await json(response), "203.0.113.2:15000");
    other.close();
  });

  it("is refused a port that is taken", async () => {
    const port = Number(new URL(gateway.url).port);
    await assert.rejects(
      openGateway(port, () => "", SILENT),
      {
        name: "UserError",
        message: `port ${port} on 127.0.0.1, where the lab's cloud listens, is taken by another program`,
      },
    );
  });
});

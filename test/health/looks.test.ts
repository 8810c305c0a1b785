import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { check, type PolledCheckConfig } from "../../agent/config/schema/check.ts";
import type { CheckResult } from "../../agent/health/verdict.ts";
import { looksOnce } from "./looksOnce.ts";

function configured(written: Parameters<typeof check.parse>[0]): PolledCheckConfig {
  const parsed = check.parse(written);
  assert.ok("every" in parsed);
  return parsed;
}

describe("a check looks", () => {
  const servers: { close(): unknown }[] = [];
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-looks-"));
  });
  after(() => {
    for (const server of servers) server.close();
    rmSync(directory, { recursive: true });
  });

  function portOf(server: { address(): AddressInfo | string | null }): number {
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    return address.port;
  }

  async function webServer(answer: RequestListener): Promise<{ url: string; server: Server }> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push({ close: () => (server.closeAllConnections(), server.close()) });
    return { url: `http://127.0.0.1:${portOf(server)}/health`, server };
  }

  describe("at a port", () => {
    it("that takes connections, and at one that does not", async () => {
      const server = createTcpServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const port = portOf(server);
      const config = configured({ tcp: { host: "127.0.0.1", port } });
      assert.deepEqual(await looksOnce(config), {
        verdict: "good",
        reason: `127.0.0.1 port ${port} takes connections`,
      });
      await new Promise((resolve) => server.close(resolve));
      await assert.rejects(looksOnce(config), /ECONNREFUSED/);
    });

    it("that nobody answers for, and gives up when time is up", async () => {
      // A listener whose queue is full drops what comes: documentation addresses may have a route that answers.
      const controller = new AbortController();
      controller.abort();
      await assert.rejects(looksOnce(configured({ tcp: { host: "192.0.2.1", port: 9 } }), controller.signal), /abort/i);
    });
  });

  describe("at a URL", () => {
    it("by its status: 200 to 299, or the given ones", async () => {
      let status = 204;
      const { url } = await webServer((_, response) => response.writeHead(status).end());
      const verdict = async (wanted?: number[]): Promise<CheckResult["verdict"]> =>
        (await looksOnce(configured({ http: url, ...(wanted === undefined ? {} : { status: wanted }) }))).verdict;
      assert.equal(await verdict(), "good");
      assert.equal(await verdict([200]), "failed");
      status = 503;
      assert.equal(await verdict(), "failed");
      assert.equal(await verdict([503]), "good");
    });

    it("without following it elsewhere", async () => {
      const asked: string[] = [];
      const { url } = await webServer((request, response) => {
        asked.push(request.url ?? "");
        response.writeHead(302, { location: "/elsewhere" }).end();
      });
      assert.deepEqual(await looksOnce(configured({ http: url })), {
        verdict: "failed",
        reason: "answered with status 302",
      });
      assert.deepEqual(asked, ["/health"]);
    });

    it("for a text in the first 64 KiB of its body, and reads no more", async () => {
      const { url } = await webServer((request, response) => {
        if (request.url === "/health") {
          response.end("database ok");
          return;
        }
        // Without an end.
        const pour = (): void => {
          while (response.write("x".repeat(16_384)));
        };
        response.on("drain", pour);
        pour();
      });
      assert.equal((await looksOnce(configured({ http: url, contains: "ok" }))).verdict, "good");
      assert.deepEqual(await looksOnce(configured({ http: url, contains: "fine" })), {
        verdict: "failed",
        reason: "answered with status 200 and without the text that it must contain",
      });
      const endless = url.replace("/health", "/endless");
      assert.equal((await looksOnce(configured({ http: endless, contains: "ok" }))).verdict, "failed");
    });

    it("that never answers, until time is up", async () => {
      const { url } = await webServer(() => undefined);
      const signal = AbortSignal.timeout(100);
      await assert.rejects(looksOnce(configured({ http: url }), signal), /abort/i);
    });

    it("that stops in the middle of its body, until time is up", async () => {
      const { url } = await webServer((_, response) => {
        response.write("half");
      });
      await assert.rejects(looksOnce(configured({ http: url, contains: "whole" }), AbortSignal.timeout(200)), /abort/i);
    });
  });

  it("for a file, or that it is not there", async () => {
    const file = join(directory, "ready");
    assert.deepEqual(await looksOnce(configured({ file })), { verdict: "failed", reason: `${file} is not there` });
    assert.equal((await looksOnce(configured({ file, absent: true }))).verdict, "good");
    writeFileSync(file, "");
    assert.deepEqual(await looksOnce(configured({ file })), { verdict: "good", reason: `${file} is there` });
    assert.equal((await looksOnce(configured({ file, absent: true }))).verdict, "failed");
    assert.equal((await looksOnce(configured({ file: `${file}/below` }))).verdict, "failed", "not a directory");
    await assert.rejects(looksOnce(configured({ file: `/${"x".repeat(300)}`, absent: true })), /ENAMETOOLONG/);
  });

  it("for a process, by name and by path", async () => {
    const child = spawn("sleep", ["60"]);
    await new Promise((resolve) => child.once("spawn", resolve));
    try {
      assert.equal((await looksOnce(configured({ process: "sleep" }))).verdict, "good");
      const own = basename(process.execPath);
      assert.equal((await looksOnce(configured({ process: process.execPath }))).verdict, "good", own);
    } finally {
      child.kill("SIGKILL");
    }
    assert.deepEqual(await looksOnce(configured({ process: "vipf-no-such" })), {
      verdict: "failed",
      reason: "no process runs vipf-no-such",
    });
    assert.equal((await looksOnce(configured({ process: "/usr/bin/vipf-no-such" }))).verdict, "failed");
  });

  it("by a program: its status, its last line", async () => {
    const look = (script: string): Promise<CheckResult> =>
      looksOnce(configured({ command: ["/bin/sh", "-c", script] }));
    assert.deepEqual(await look("echo first; echo last"), { verdict: "good", reason: "ended with 0: last" });
    assert.deepEqual(await look("printf 'bad\\033[31m\\n' >&2; exit 2"), {
      verdict: "failed",
      reason: "ended with 2: bad [31m",
    });
    assert.deepEqual(await look("kill -KILL $$"), { verdict: "failed", reason: "was killed by SIGKILL" });
    const missing = await looksOnce(configured({ command: ["/no/such/program"] }));
    assert.match(missing.reason, /^could not be started: .*ENOENT/);
  });
});

describe("a check in the document", () => {
  const problem = (written: unknown): string => {
    const parsed = check.safeParse(written);
    assert.ok(!parsed.success);
    return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  };

  it("says what is wrong with the kind of check that was meant", () => {
    assert.equal(
      problem({ ping: "192.0.2.1", every: "soon" }),
      'every: "soon" is not an interval of a check: write 100ms to 1h, such as 10s',
    );
    assert.match(problem({ ping: "localhost" }), /^ping: "localhost" is not an IP address that a host can have/);
    assert.match(problem({ tcp: { host: "db", port: 0 } }), /^tcp.port: 0 is not a port: write a whole number from 1/);
    assert.match(problem({ http: "ftp://x" }), /^http: "ftp:\/\/x" is not a URL/);
    assert.match(problem({ defaultRoute: 5 }), /^defaultRoute: 5 is not an IP version: write 4 or 6/);
    assert.match(problem({ link: "ens3", every: "1s" }), /Unrecognized key.*every/);
  });

  it("is of one kind", () => {
    for (const written of [{}, { every: "1s" }, { ping: "192.0.2.1", tcp: { host: "a", port: 1 } }, "ping", null, []]) {
      assert.match(problem(written), /is not a check: write an object with one of link, address, /);
    }
  });
});

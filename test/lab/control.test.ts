import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LabControl, LabStatus } from "../../lab/control/api.ts";
import { connectToLab, isLabUp } from "../../lab/control/client.ts";
import type { CloudControl } from "../../lab/control/cloudWords.ts";
import { serveControl } from "../../lab/control/server.ts";
import { UserError } from "../../toolchain/userError.ts";

const STATUS: LabStatus = {
  name: "vipf-unit",
  cloud: "doubles",
  pid: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
  authUrl: "http://127.0.0.1:1/identity/v3",
  bastion: "127.0.0.1:2",
  clientNamespace: "vipf-unit-client",
  servers: [{ id: "a", name: "edge-1", status: "ACTIVE", addresses: ["10.25.0.11"] }],
  networks: [{ id: "n", name: "Ext-Net", external: true }],
  floatingIps: [{ address: "203.0.113.100", fixedAddress: null }],
};

const refuse = (): Promise<never> => Promise.reject(new Error("not asked for here"));
const NO_CLOUD: CloudControl = {
  fail: refuse,
  heal: refuse,
  setReachable: refuse,
  ovh: refuse,
  adjustOvh: refuse,
  makeOvhKey: refuse,
  revokeOvhCredential: refuse,
  validateOvhCredential: refuse,
  forgetOvhRequests: refuse,
};

/** A lab that writes down what it is asked. */
function recordingLab(): { readonly lab: LabControl; readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const note = (...words: unknown[]): Promise<void> => {
    asked.push(words);
    return Promise.resolve();
  };
  return {
    asked,
    lab: {
      status: () => Promise.resolve(STATUS),
      powerCut: (server) =>
        server === "nobody" ? Promise.reject(new UserError("no such server")) : note("power-cut", server),
      start: (server) => note("start", server),
      run: async (server, argv, options) => {
        await note("run", server, argv, options);
        return { status: 3, stdout: "out", stderr: "err" };
      },
      setLink: (server, condition, side) => note("link", server, condition, ...(side === undefined ? [] : [side])),
    },
  };
}

describe("the lab's control socket", () => {
  let folder: string;
  let socket: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vipf-control-"));
    socket = join(folder, "control.sock");
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("carries every request and its answer, for its owner only", async () => {
    const { lab, asked } = recordingLab();
    const server = await serveControl(socket, lab, NO_CLOUD);
    try {
      const client = connectToLab(socket);
      assert.equal((await stat(socket)).mode & 0o777, 0o600);
      assert.deepEqual(await client.status(), STATUS);
      await client.powerCut("edge 1/odd");
      await client.start("edge-1");
      await client.setLink("edge-1", "blackhole");
      await client.setLink("edge-1", "up", "private");
      assert.deepEqual(await client.run("edge-1", ["true"], { timeoutMs: 5 }), {
        status: 3,
        stdout: "out",
        stderr: "err",
      });
      assert.deepEqual(asked, [
        ["power-cut", "edge 1/odd"],
        ["start", "edge-1"],
        ["link", "edge-1", "blackhole"],
        ["link", "edge-1", "up", "private"],
        ["run", "edge-1", ["true"], { timeoutMs: 5 }],
      ]);
    } finally {
      await server.close();
    }
    assert.equal(await isLabUp(socket), false);
  });

  it("passes a refusal on in its own words", async () => {
    const server = await serveControl(socket, recordingLab().lab, NO_CLOUD);
    try {
      await assert.rejects(connectToLab(socket).powerCut("nobody"), /the lab refused: no such server/);
    } finally {
      await server.close();
    }
  });

  it("says what to do when no lab is up", async () => {
    assert.equal(await isLabUp(socket), false);
    await assert.rejects(connectToLab(socket).status(), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.line, "error: the lab is not up — start it with: npm run lab -- up");
      return true;
    });
  });
});

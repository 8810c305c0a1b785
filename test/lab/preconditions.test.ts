import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { requireFreePorts } from "../../lab/preconditions.ts";
import { UserError } from "../../toolchain/userError.ts";

describe("what a host must be before a lab touches it", () => {
  it("is refused when a port is taken, by the port, its use and the way to find who has it", async () => {
    const other = createServer().listen({ host: "127.0.0.1", port: 0 });
    await once(other, "listening");
    const address = other.address();
    assert.ok(typeof address === "object" && address !== null);
    const { port } = address;
    try {
      await assert.rejects(requireFreePorts([{ port, use: "the cloud's APIs" }]), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.line,
          new RegExp(`port ${port} on 127.0.0.1, meant for the cloud's APIs, is taken — .*ss -ltnp`),
        );
        return true;
      });
    } finally {
      other.close();
      await once(other, "close");
    }
    await requireFreePorts([{ port, use: "the cloud's APIs" }]);
  });
});

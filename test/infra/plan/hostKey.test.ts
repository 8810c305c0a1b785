/** Host keys, judged by OpenSSH itself where it is installed, and user data, read back as cloud-init does. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, it } from "mocha";
import ssh2 from "ssh2";
import { parse } from "yaml";
import { deriveHostKey } from "../../../infra/plan/host/hostKey.ts";
import { renderUserData } from "../../../infra/plan/host/userData.ts";
import { lookAtPrivateKey, parsePublicKey } from "../../../infra/schema/sshKeys.ts";

const GOLDEN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDCOGeax3sQ524UFBF/TvUopb8pePKSpsGXBMd4PdKt1 prod/edge-1";

const blobOf = (publicKey: string): string => publicKey.split(" ")[1] ?? "";

describe("a node's host key", () => {
  it("is the same for the same seed and owner, and another for any other", () => {
    const key = deriveHostKey("seed", ["prod", "edge-1"]);
    assert.deepEqual(deriveHostKey(" seed\n", ["prod", "edge-1"]), key);
    const others = [
      ["seed", "prod", "edge-2"],
      ["seed", "dev", "edge-1"],
      ["seeds", "prod", "edge-1"],
      ["seed", "prode", "dge-1"],
    ];
    for (const [seed = "", ...owner] of others)
      assert.notEqual(blobOf(deriveHostKey(seed, owner).publicKey), blobOf(key.publicKey));
  });

  it("stays what it is, or living nodes would be strangers: a golden key", () => {
    const { publicKey } = deriveHostKey("seed", ["prod", "edge-1"]);
    assert.equal(publicKey, GOLDEN);
  });

  it("is a key to another implementation, in both halves", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.stringMatching(/^[a-z0-9-]{1,20}$/), (seed, node) => {
        const { privateKey, publicKey } = deriveHostKey(seed, ["prod", node]);
        const parsed = ssh2.utils.parseKey(privateKey);
        if (parsed instanceof Error) throw parsed;
        assert.equal(parsed.type, "ssh-ed25519");
        assert.equal(parsed.comment, `prod/${node}`);
        assert.equal(parsed.getPublicSSH().toString("base64"), blobOf(publicKey));
        assert.equal(parsed.verify("data", parsed.sign("data")), true);
        assert.deepEqual(lookAtPrivateKey(privateKey), { kind: "usable", publicBlob: blobOf(publicKey) });
        assert.deepEqual(parsePublicKey(publicKey), { type: "ssh-ed25519", blob: blobOf(publicKey) });
      }),
      { numRuns: 50 },
    );
  });

  it("is a key to OpenSSH, where it is installed: it reads the same public half out of it", () => {
    // Elsewhere the other implementation above has to do.
    if (spawnSync("ssh-keygen", ["-?"]).error !== undefined) return;
    const folder = mkdtempSync(join(tmpdir(), "vipf-host-key-"));
    try {
      const { privateKey, publicKey } = deriveHostKey("seed", ["prod", "edge-1"]);
      const file = join(folder, "key");
      writeFileSync(file, privateKey, { mode: 0o600 });
      const keygen = (...args: readonly string[]) =>
        execFileSync("ssh-keygen", [...args, "-f", file], { encoding: "utf8" }).trim();
      assert.equal(keygen("-y"), publicKey);
      assert.match(keygen("-l"), /^256 SHA256:\S+ prod\/edge-1 \(ED25519\)$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a node's user data", () => {
  const hostKey = deriveHostKey("seed", ["prod", "edge-1"]);

  it("is cloud-config that gives the node its host key and shuts passwords out", () => {
    const text = renderUserData(hostKey);
    assert.match(text, /^#cloud-config\n/);
    assert.deepEqual(parse(text), {
      ssh_pwauth: false,
      manage_etc_hosts: "localhost",
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    });
  });

  it("is far below the 64 KiB that Nova takes", () => {
    assert.ok(Buffer.byteLength(renderUserData(hostKey)) < 1024);
  });
});

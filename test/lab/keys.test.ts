/** The secrets of a lab: made once, and kept. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { seedFault } from "../../infra/schema/seed.ts";
import { ensureSecrets } from "../../lab/settings/keys.ts";
import { type LabSettings, labFiles, labSettings } from "../../lab/settings/settings.ts";
import { isWholePrivate } from "../../toolchain/sshKeyPair.ts";

describe("the secrets of a lab", () => {
  let settings: LabSettings;
  beforeEach(() => {
    settings = { ...labSettings("test"), directory: mkdtempSync(join(tmpdir(), "vipf-lab-")) };
  });
  afterEach(() => {
    rmSync(settings.directory, { recursive: true });
  });

  const seed = (): string => readFileSync(labFiles(settings).hostKeySeed, "utf8");

  it("have a random seed for the stack's keys, for their owner alone, and the same the next time", async () => {
    await ensureSecrets(settings);
    const first = seed();
    assert.equal(seedFault(first), undefined);
    assert.notEqual(first.trim(), readFileSync(labFiles(settings).sshPrivateKey, "utf8").trim());
    assert.equal(statSync(labFiles(settings).hostKeySeed).mode & 0o777, 0o600);
    await ensureSecrets(settings);
    assert.equal(seed(), first);
  });

  it("of a lab that had none keep its nodes' keys: the seed is the operator's key, as it was", async () => {
    await ensureSecrets(settings);
    rmSync(labFiles(settings).hostKeySeed);
    await ensureSecrets(settings);
    assert.equal(seed(), readFileSync(labFiles(settings).sshPrivateKey, "utf8"));
    assert.equal(seedFault(seed()), undefined);
  });

  it("begin again where a first start was cut off: a part of a key is neither the seed nor the key", async () => {
    await ensureSecrets(settings);
    const { hostKeySeed, sshPrivateKey } = labFiles(settings);
    const key = readFileSync(sshPrivateKey, "utf8");
    for (const part of ["", key.slice(0, 20), key.slice(0, key.length / 2), key.trimEnd().slice(0, -10)]) {
      for (const isSeedThere of [true, false]) {
        writeFileSync(sshPrivateKey, part);
        if (isSeedThere) writeFileSync(hostKeySeed, "");
        else rmSync(hostKeySeed);
        await ensureSecrets(settings);
        assert.equal(seedFault(seed()), undefined);
        assert.equal(Buffer.from(seed(), "base64").length, 32);
        assert.ok(isWholePrivate(readFileSync(sshPrivateKey, "utf8")));
        assert.equal(statSync(sshPrivateKey).mode & 0o777, 0o600);
      }
    }
    assert.deepEqual(readdirSync(dirname(hostKeySeed)).toSorted(), ["host_key_seed", "id_ed25519", "id_ed25519.pub"]);
  });
});

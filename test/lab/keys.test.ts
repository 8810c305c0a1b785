/** The secrets of a lab: made once, and kept. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedFault } from "../../infra/config/seed.ts";
import { ensureSecrets } from "../../lab/keys.ts";
import { type LabSettings, labFiles, labSettings } from "../../lab/settings.ts";

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
});

/** The passwords that services have for each other. */
import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ensureOpenstackSecrets } from "../../lab/openstack/settings/secrets.ts";

describe("OpenStack's secrets", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vipf-secrets-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("are made once, for root alone, all different, and need no quoting", async () => {
    const file = join(folder, "secrets.json");
    const secrets = await ensureOpenstackSecrets(file);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const { admin, service, queue } = secrets;
    assert.equal(new Set([admin, service, queue]).size, 3);
    for (const secret of [admin, service, queue]) assert.match(secret, /^[0-9a-f]{48}$/);
    assert.deepEqual(await ensureOpenstackSecrets(file), secrets);
    assert.notDeepEqual(await ensureOpenstackSecrets(join(folder, "others.json")), secrets);
  });

  it("are not replaced when the file lacks one: databases know the old ones", async () => {
    const file = join(folder, "secrets.json");
    await writeFile(file, '{"admin":"a","service":"b"}');
    await assert.rejects(ensureOpenstackSecrets(file), /secrets\.json has no "queue"/);
  });
});

/** The template of databases in the cache: whole or not there, and not one for every version there ever was. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyTemplate, publishTemplate } from "../../lab/openstack/template.ts";

describe("the template of databases", () => {
  let folder: string;
  let templates: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vipf-template-"));
    templates = join(folder, "cache", "openstack");
    await mkdir(join(folder, "made"));
    await writeFile(join(folder, "made", "ibdata1"), "tables");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const publish = (name: string): Promise<void> => publishTemplate(join(folder, "made"), join(templates, name));
  const there = async (): Promise<string[]> => (await readdir(templates)).filter((name) => name !== "lock").sort();

  /** As if it had been used so many hours ago. */
  async function age(name: string, hours: number): Promise<void> {
    const then = new Date(Date.now() - hours * 3_600_000);
    await utimes(join(templates, name), then, then);
  }

  it("is copied when it is there, and stays as the first lab made it", async () => {
    assert.equal(await copyTemplate(join(templates, "one"), join(folder, "copy")), false);
    await publish("one");
    await writeFile(join(folder, "made", "ibdata1"), "others");
    await publish("one");
    assert.equal(await copyTemplate(join(templates, "one"), join(folder, "copy")), true);
    assert.equal(await readFile(join(folder, "copy", "ibdata1"), "utf8"), "tables");
  });

  it("is kept beside the one that was used last before it, and no other", async () => {
    for (const [hours, name] of ["one", "two"].entries()) {
      await publish(name);
      await age(name, 10 - hours);
    }
    await copyTemplate(join(templates, "one"), join(folder, "copy"));
    await publish("three");
    assert.deepEqual(await there(), ["one", "three"]);
  });

  it("leaves no half of one behind", async () => {
    await mkdir(join(templates, "draft-other"), { recursive: true });
    await publish("one");
    assert.deepEqual(await there(), ["one"]);
  });
});

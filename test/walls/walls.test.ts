/** That the walls hold: in a repository with every import that there could be between two rooms, exactly the forbidden ones are found. */
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { WALLS } from "../../.dependency-cruiser.js";
import { CHECKOUT } from "../../toolchain/places.ts";

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

const LARGEST_OUTPUT = 1 << 26;
const rooms: readonly string[] = Object.keys(WALLS);
const allowed: Readonly<Record<string, readonly string[]>> = WALLS;

/** The folder that a room's own files are in. */
const folderOf = (room: string): string => room.replace(/\/\*$/, "");

/** Whether a file directly in one room's folder is in the other room. */
const isIn = (room: string, other: string): boolean =>
  other.endsWith("/*") ? folderOf(room) === folderOf(other) : `${folderOf(room)}/`.startsWith(`${other}/`);

const mayImport = (from: string, to: string): boolean =>
  [from, ...(allowed[from] ?? [])].some((room) => isIn(to, room));

describe("walls", () => {
  const root = mkdtempSync(join(tmpdir(), "vipf-walls-"));

  after(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function cruise(files: Readonly<Record<string, string>>, outputType: "err" | "json"): SpawnSyncReturns<string> {
    const folder = mkdtempSync(join(root, "house-"));
    for (const [path, text] of Object.entries({ ...files, "tsconfig.json": "{}" })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const tops = new Set(Object.keys(files).map((path) => path.split("/")[0] ?? ""));
    const argv = ["--config", join(CHECKOUT, ".dependency-cruiser.js"), "--output-type", outputType, ...tops];
    return spawnSync(join(CHECKOUT, "node_modules/.bin/depcruise"), argv, {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: LARGEST_OUTPUT,
    });
  }

  function violations(files: Readonly<Record<string, string>>): readonly Violation[] {
    const { status, stdout, stderr } = cruise(files, "json");
    assert.equal(status, 0, stderr);
    const { summary } = JSON.parse(stdout) as { readonly summary: { readonly violations: readonly Violation[] } };
    return summary.violations;
  }

  const importOf = (from: string, to: string, kind: "type" | "value"): string =>
    `import ${kind === "type" ? "type " : ""}{ a } from "./${relative(dirname(from), to)}";\nexport const b${kind === "type" ? ": typeof a | undefined = undefined" : " = a"};\n`;

  it("are exactly those of the table, from every room to every other", () => {
    const files: Record<string, string> = {};
    const expected: string[] = [];
    for (const room of rooms) files[`${folderOf(room)}/target.ts`] = "export const a = 1;\n";
    for (const from of rooms)
      for (const to of rooms.filter((room) => folderOf(room) !== folderOf(from))) {
        const source = `${folderOf(from)}/to-${to.replaceAll(/\W/g, "-")}.ts`;
        files[source] = importOf(source, `${folderOf(to)}/target.ts`, "type");
        if (!mayImport(from, to)) expected.push(`${source} -> ${folderOf(to)}/target.ts`);
      }
    const found = violations(files).filter(({ rule }) => rule.name.startsWith("wall of "));
    assert.deepEqual(found.map(({ from, to }) => `${from} -> ${to}`).toSorted(), expected.toSorted());
    assert.ok(expected.length > 500, `${expected.length} imports are forbidden`);
  });

  for (const kind of ["value", "type"] as const) {
    it(`let no files import each other in a circle, by a ${kind}`, () => {
      const [one, two] = ["agent/election/one.ts", "agent/election/two.ts"];
      const found = violations({ [one]: importOf(one, two, kind), [two]: importOf(two, one, "type") });
      assert.ok(found.some(({ rule }) => rule.name === "circle of files"));
    });
  }

  /** Two files of each folder, of which one imports the other folder. */
  const circleOf = (one: string, two: string): Record<string, string> => ({
    [`${one}/target.ts`]: "export const a = 1;\n",
    [`${two}/target.ts`]: "export const a = 1;\n",
    [`${one}/there.ts`]: importOf(`${one}/there.ts`, `${two}/target.ts`, "type"),
    [`${two}/back.ts`]: importOf(`${two}/back.ts`, `${one}/target.ts`, "type"),
  });

  it("let no folders import each other in a circle, where no files do", () => {
    const found = violations(circleOf("agent/election/vrrp", "agent/election/carp"));
    assert.deepEqual(new Set(found.map(({ rule }) => rule.name)), new Set(["circle of folders"]));
  });

  for (const outer of ["agent/election", "agent/cli", "test/openstack"])
    it(`let ${outer} and a folder inside it import each other one way only`, () => {
      const found = violations(circleOf(outer, `${outer}/inside`));
      assert.deepEqual(
        found.map(({ rule }) => rule.name),
        ["circle of a folder and one inside it"],
      );
    });

  it("break lint", () => {
    const { status } = cruise(circleOf("lab/host", "lab/cloud"), "err");
    assert.notEqual(status, 0);
  });

  it("are there for every room", () => {
    const found = violations({
      "agent/cellar/one.ts": importOf("agent/cellar/one.ts", "agent/cellar/two.ts", "value"),
      "agent/cellar/two.ts": "export const a = 1;\n",
    });
    assert.deepEqual(
      found.map(({ rule }) => rule.name),
      ["room without a wall"],
    );
  });
});

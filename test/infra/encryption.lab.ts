/** What the real engine hands a program of a stack with secrets in it, and what the program makes of that. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { runCommand } from "../../toolchain/command.ts";
import { CHECKOUT } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { ensurePulumi } from "../../toolchain/pulumi/ensure.ts";

const PROGRAM = `
import { readEncryption } from "${CHECKOUT}/infra/stackFile/encryption.ts";
import { pulumiSource } from "${CHECKOUT}/infra/source.ts";

const { standingOf, secretTexts } = readEncryption(pulumiSource(import.meta.dirname));
export const standings = ["authentication", "virtualRouterId", "hooks"].map((key) => standingOf(["vips", "web", key]));
export const argument = standingOf(["vips", "web", "hooks", "up", 1]);
export const whole = standingOf(["checks", "own", "command", 1]);
export const seen = ["a password", "a token", "a check's token", "a region"].map((text) => secretTexts.isCertainlyIn(text));
`;
const PROJECT = `
name: vip-failover
runtime: { name: nodejs, options: { typescript: false, nodeargs: "--import tsx" } }
main: index.ts
stackConfigDir: stacks
`;
const STACK = `
config:
  openstack:region: a region
  vip-failover:vips:
    web: { virtualRouterId: 0x0a, preempt: on, lease: 1.50, hooks: { up: [/bin/up] } }
`;

describe("a stack with secrets, from the real engine", function () {
  // A first run builds the CLI.
  this.timeout(20 * 60_000);

  let folder: string;
  let pulumi: (...args: string[]) => Promise<string>;

  before(async () => {
    const { command, env } = await ensurePulumi(createProgress());
    folder = mkdtempSync(join(tmpdir(), "vipf-encryption-"));
    for (const name of ["state", "stacks"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "index.ts"), PROGRAM);
    writeFileSync(join(folder, "Pulumi.yaml"), PROJECT);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    symlinkSync(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
    const own = {
      PULUMI_STACK: "test",
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    };
    pulumi = async (...args) => {
      const argv = [command, ...args, "--non-interactive"];
      return (await runCommand(argv, { cwd: folder, env: { ...env, ...own } })).stdout;
    };
    await pulumi("stack", "init", "test", "--no-select");
    const file = join(folder, "stacks", "Pulumi.test.yaml");
    writeFileSync(file, `${readFileSync(file, "utf8").trimEnd()}${STACK}`);
    const secret = (path: string, text: string) => pulumi("config", "set", "--secret", "--path", path, text);
    await secret("vip-failover:vips.web.authentication", "a password");
    await secret("vip-failover:vips.web.hooks.up[1]", "a token");
    await pulumi(
      "config",
      "set",
      "--secret",
      "vip-failover:checks",
      '{"own":{"command":["/bin/c","a check\'s token"]}}',
    );
    // `config set` writes numbers in a form of its own; an operator's are as they please.
    writeFileSync(file, readFileSync(file, "utf8").replace("virtualRouterId: 10", "virtualRouterId: 0x0a"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const outputs = async (...args: string[]): Promise<unknown> => {
    await pulumi("up", "--yes", "--skip-preview", ...args);
    return JSON.parse(await pulumi("stack", "output", "--json"));
  };

  it("is known path by path, whatever YAML's numbers look like", async () => {
    assert.deepEqual(await outputs(), {
      standings: ["encrypted", "clear", "clear"],
      argument: "encrypted",
      whole: "encrypted",
      seen: [true, true, true, false],
    });
  });

  it("is unknown in each section that holds one when another file is used than where Pulumi looks by itself", async () => {
    const file = join(folder, "stacks", "Pulumi.test.yaml");
    const other = join(folder, "other.yaml");
    const text = readFileSync(file, "utf8");
    assert.match(text, /0x0a/);
    writeFileSync(other, text);
    writeFileSync(file, text.replace("0x0a", "0x0b"));
    assert.deepEqual(await outputs("--config-file", other), {
      standings: ["unknown", "unknown", "unknown"],
      argument: "unknown",
      whole: "encrypted",
      seen: [false, false, true, false],
    });
  });
});

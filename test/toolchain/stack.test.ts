// Which stack a command line means, and where that stack's state lives.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chooseBackend, prepareBackend, requireBackend } from "../../toolchain/pulumi/backend.ts";
import { namedStack } from "../../toolchain/pulumi/stackName.ts";
import { temporaryFolder } from "../support/temporary.ts";

describe("the stack of a Pulumi command line", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["up", undefined],
    ["up --stack prod --yes", "prod"],
    ["up --stack=prod", "prod"],
    ["up -s prod", "prod"],
    ["up -sprod", "prod"],
    ["preview -s organization/vip-failover/staging", "staging"],
    ["stack select dev", "dev"],
    ["stack --non-interactive init dev", "dev"],
    ["stack rm dev --yes", "dev"],
    ["stack output vips", undefined],
    ["config set --secret name value", undefined],
    ["up -- --stack prod", undefined],
  ];
  for (const [line, expected] of cases) {
    it(`${line}: ${expected ?? "none named"}`, () => {
      assert.equal(namedStack(line.split(" "), {}), expected);
    });
  }

  it("comes from PULUMI_STACK when the arguments name none", () => {
    assert.equal(namedStack(["up"], { PULUMI_STACK: "dev" }), "dev");
    assert.equal(namedStack(["up", "-s", "prod"], { PULUMI_STACK: "dev" }), "prod");
    assert.equal(namedStack(["up"], { PULUMI_STACK: "" }), undefined);
  });
});

describe("the backend of a stack", () => {
  const HOME = "/home/someone";

  it("is the lab's own for the lab's stack", () => {
    assert.deepEqual(chooseBackend("local", { HOME }, "/checkout/.vipf"), {
      kind: "lab",
      stateDirectory: "/checkout/.vipf/pulumi-state",
      passphraseFile: "/checkout/.vipf/pulumi-passphrase",
    });
  });

  it("is what PULUMI_BACKEND_URL says, with the user's own login", () => {
    const own = { kind: "own", credentialsDirectory: "/home/someone/.pulumi" };
    assert.deepEqual(chooseBackend("local", { HOME, PULUMI_BACKEND_URL: "s3://states" }, "/x"), own);
    assert.deepEqual(chooseBackend("prod", { HOME }, "/x"), own);
    const elsewhere = { HOME, PULUMI_HOME: "/opt/pulumi" };
    assert.deepEqual(chooseBackend("prod", elsewhere, "/x"), { kind: "own", credentialsDirectory: "/opt/pulumi" });
  });

  it("takes a passphrase that the caller brings, an empty one too", () => {
    for (const brought of [{ PULUMI_CONFIG_PASSPHRASE: "" }, { PULUMI_CONFIG_PASSPHRASE_FILE: "/run/secrets/p" }]) {
      const backend = chooseBackend("local", { HOME, ...brought }, "/x");
      assert.deepEqual(backend, { kind: "lab", stateDirectory: "/x/pulumi-state", passphraseFile: undefined });
    }
  });

  it("must be named for any stack but the lab's, or be logged in to", async () => {
    const folder = temporaryFolder();
    const require = (stack: string, more: Record<string, string> = {}): Promise<void> => {
      const env = { HOME: folder, ...more };
      return requireBackend(stack, chooseBackend(stack, env, "/x"), env);
    };
    await require("local");
    await require("prod", { PULUMI_BACKEND_URL: "s3://states" });
    await require("prod", { PULUMI_ACCESS_TOKEN: "pul-0" });
    await assert.rejects(require("prod"), /stack "prod" has no backend/);
    mkdirSync(join(folder, ".pulumi"));
    writeFileSync(join(folder, ".pulumi", "credentials.json"), "{}");
    await require("prod");
  });

  it("has a random passphrase that only its owner can read, and keeps it", async () => {
    const folder = temporaryFolder();
    const backend = chooseBackend("local", { HOME }, folder);
    const files = await Promise.all([prepareBackend(backend), prepareBackend(backend)]);
    const file = join(folder, "pulumi-passphrase");
    assert.deepEqual(files[0], {
      PULUMI_BACKEND_URL: `file://${folder}/pulumi-state`,
      PULUMI_CONFIG_PASSPHRASE_FILE: file,
    });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const passphrase = readFileSync(file, "utf8");
    assert.ok(passphrase.length > 40);
    await prepareBackend(backend);
    assert.equal(readFileSync(file, "utf8"), passphrase);
    assert.deepEqual(await prepareBackend({ kind: "own", credentialsDirectory: "/c" }), {
      PULUMI_CREDENTIALS_PATH: "/c",
    });
  });
});

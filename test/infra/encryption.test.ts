/** What is encrypted in a stack, by the stack's file and by what the engine says of its keys. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { keyName } from "../../infra/schema/explain.ts";
import { readEncryption } from "../../infra/stackFile/encryption.ts";
import { SecretTexts } from "../../infra/values/secretTexts.ts";
import { type Chooser, encryptedStack, secretsByName } from "./stacks/encryptedStack.ts";
import { exampleConfig, KEY_PAIR, problemsOf, SEED, sourceOf, withValue } from "./stacks/exampleConfig.ts";
import { ovhConfig } from "./stacks/ovhConfig.ts";

const SECURE = { secure: "v1:bm9uY2U=:Y2lwaGVydGV4dA==" };
const PASSWORD = "correct horse";

/** A stack with one VIP that has a password and a hook, as the engine and a file say it. */
const read = (file: unknown, secretKeys: readonly string[] | undefined = ["vip-failover:vips"]) =>
  readEncryption({
    values: {
      "vip-failover:vips": JSON.stringify({
        web: { authentication: PASSWORD, id: 10, hooks: { up: ["/bin/up", "x"] } },
      }),
      "vip-failover:logFacility": "daemon",
      "openstack:password": "of the project",
    },
    secretKeys,
    stackFile: file === undefined ? undefined : JSON.stringify({ config: { "vip-failover:vips": file } }),
  });

const FILE = { web: { authentication: SECURE, id: 10, hooks: { up: ["/bin/up", "x"] } } };

describe("what is encrypted in a stack", () => {
  it("is what the stack's file says, path by path", () => {
    const { standingOf, secretTexts } = read(FILE);
    assert.equal(standingOf(["vips", "web", "authentication"]), "encrypted");
    assert.equal(standingOf(["vips", "web", "hooks", "up", 1]), "clear");
    assert.equal(standingOf(["vips", "web"]), "clear");
    assert.equal(standingOf(["logFacility"]), "clear");
    assert.deepEqual([secretTexts.isIn(PASSWORD), secretTexts.isIn("/bin/up")], [true, false]);
  });

  it("may be in a list, and may be a whole section", () => {
    const inList = { web: { authentication: PASSWORD, id: 10, hooks: { up: ["/bin/up", SECURE] } } };
    assert.equal(read(inList).standingOf(["vips", "web", "hooks", "up", 1]), "encrypted");
    assert.equal(read(inList).standingOf(["vips", "web", "hooks", "up", 0]), "clear");
    assert.equal(read(inList).standingOf(["vips", "web", "authentication"]), "clear");
    const { standingOf, secretTexts } = read(SECURE);
    assert.equal(standingOf(["vips", "web", "authentication"]), "encrypted");
    for (const text of [PASSWORD, "/bin/up"]) assert.ok(secretTexts.isCertainlyIn(text));
  });

  it("is not known without the file, or with one that is not the configuration of this run: all may be secret", () => {
    const others = {
      "none at all": undefined,
      "without the section": {},
      "with another value": { web: { ...FILE.web, id: 11 } },
      "with another key": { web: { authentication: SECURE, id: 10, hook: {} } },
      "with a key less, as when an environment adds one": { web: { authentication: SECURE, id: 10 } },
      "with a longer list": { web: { ...FILE.web, hooks: { up: ["/bin/up", "x", "y"] } } },
      "with another VIP": { mail: FILE.web },
      "with nothing encrypted": { web: { ...FILE.web, authentication: PASSWORD } },
      "that is a text": "text",
    };
    for (const [what, file] of Object.entries(others)) {
      const { standingOf, secretTexts } = read(file);
      assert.equal(standingOf(["vips", "web", "authentication"]), "unknown", what);
      assert.ok(secretTexts.isIn("/bin/up") && secretTexts.isIn(`text with ${PASSWORD}`), what);
      assert.ok(!secretTexts.isCertainlyIn(PASSWORD), what);
      assert.ok(!secretTexts.isIn("daemon"), what);
    }
    const broken = readEncryption({ ...sourceOf(exampleConfig()), secretKeys: undefined, stackFile: "config: [" });
    assert.equal(broken.standingOf(["vips"]), "unknown");
  });

  it("is nothing in a key of which the engine says so, whatever lies in a file; what is not known to it is unknown", () => {
    assert.equal(read(FILE, []).standingOf(["vips", "web", "authentication"]), "clear");
    assert.equal(read(undefined, undefined).standingOf(["vips", "web", "authentication"]), "unknown");
    assert.equal(read(FILE, undefined).standingOf(["vips", "web", "authentication"]), "encrypted");
  });

  it("is in the providers' keys, too", () => {
    const { secretTexts } = read(FILE, ["vip-failover:vips", "openstack:password"]);
    assert.ok(secretTexts.isIn("of the project"));
  });

  it("is not told by a map that has more than the one key, as with Pulumi", () => {
    const values = { "vip-failover:checks": JSON.stringify({ a: { secure: "x", more: "y" } }) };
    const stackFile = JSON.stringify({ config: { "vip-failover:checks": { a: { secure: "x", more: "y" } } } });
    const { standingOf } = readEncryption({ values, secretKeys: ["vip-failover:checks"], stackFile });
    assert.equal(standingOf(["checks", "a"]), "unknown");
  });
});

describe("a stack's configuration refuses a secret in clear text", () => {
  const KEY = "0a".repeat(32);
  const inSsh = withValue("ssh.privateKeyFile", undefined, withValue("ssh.privateKey", KEY_PAIR.privateKey));
  const inOpenstack = {
    ...exampleConfig(),
    openstack: {
      authUrl: "https://keystone.example.net:5000/v3",
      region: "RegionOne",
      applicationCredential: { id: "id", secret: "planted secret" },
    },
  };
  /** By path of the secret: the configuration that has it. */
  const places: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "ssh.privateKey": inSsh,
    "ssh.hostKeySeed": withValue("ssh.hostKeySeedFile", undefined, withValue("ssh.hostKeySeed", SEED, inSsh)),
    "vips.web.authentication": withValue("vips.web.authentication", KEY),
    "vips.web.authentication.keys.2": withValue("vips.web.authentication", { keys: { 1: KEY, 2: KEY }, active: 1 }),
    "agentKeys.seeds.2": withValue("agentKeys", { number: 2, seeds: { 1: SEED, 2: SEED } }),
    "ovh.credentials.applicationSecret": ovhConfig(),
    "ovh.credentials.consumerKey": ovhConfig(),
    "openstack.applicationCredential.secret": inOpenstack,
  };
  for (const [place, config] of Object.entries(places)) {
    it(`${place}, beside an encrypted one in the same section`, () => {
      // Something else in the section is encrypted: of the section as a whole the engine says that it holds a secret.
      const beside: Chooser = (path, text) =>
        keyName(path) !== keyName(place.split(".")) &&
        (secretsByName(path, text) || ["user", "region", "id", "address"].includes(String(path.at(-1))));
      const problems = problemsOf(sourceOf(config, encryptedStack(config, beside)));
      assert.deepEqual(problems, [
        {
          key: `vip-failover:${place}`,
          why: "is in the stack's file in clear text, for everybody who reads the repository",
          remedy: `make a new one, and set it with: pulumi config set --secret --path ${place}`,
        },
      ]);
    });

    it(`${place} is taken when it is encrypted, or the whole section is`, () => {
      assert.deepEqual(problemsOf(sourceOf(config)), []);
      const [section = ""] = place.split(".");
      const stackFile = JSON.stringify({ config: { [`vip-failover:${section}`]: SECURE } });
      const secretKeys = [...encryptedStack(config).secretKeys, `vip-failover:${section}`];
      assert.deepEqual(problemsOf(sourceOf(config, { stackFile, secretKeys })), []);
    });
  }
});

describe("a message", () => {
  const secrets = new SecretTexts(
    ['s3cret "quoted"\nline', "abc", "longer than the other longer"],
    ["10.25.0.10", "agent", "possibly this"],
  );

  it("has no secret in it: as it is, as JSON writes it, within a word, cut off at an ellipsis", () => {
    assert.equal(secrets.redact('is s3cret "quoted"\nline.'), "is [secret].");
    assert.equal(secrets.redact(`is ${JSON.stringify('s3cret "quoted"\nline')}`), 'is "[secret]"');
    assert.equal(secrets.redact("xlonger than the other longery"), "x[secret]y");
    assert.equal(secrets.redact('"longer than the..." and "s3cret \\"quo…'), '"[secret]..." and "[secret]…');
    assert.equal(secrets.redact("longest..."), "longest...");
  });

  it("keeps its words: a short secret is hidden where it stands alone, a possible one if it says something", () => {
    assert.equal(secrets.redact('"abc" in abcde'), "[secret] in abcde");
    assert.equal(secrets.redact("the agents have 10.25.0.10, possibly this"), "the agents have 10.25.0.10, [secret]");
    assert.equal(secrets.redactValue('"agent"'), '"[secret]"');
    assert.equal(secrets.redactValue('"10.25.0.10"'), '"[secret]"');
  });
});

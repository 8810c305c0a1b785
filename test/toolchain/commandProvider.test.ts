// The stand-in for Pulumi's command plugin: what it checks and compares, what it keeps in the state, and local commands.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { specialAssetSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import * as provider from "../../toolchain/standIns/command/provider.ts";
import { parseUrn } from "../../toolchain/standIns/provider.ts";
import { secret, UNKNOWN, type WireObject, type WireValue } from "../../toolchain/standIns/wireValues.ts";
import { COPY, connectionTo, context, fileAsset, LOCAL, login, REMOTE, run, server } from "./commandFixture.ts";
import { temporaryFolder } from "./temporary.ts";

describe("command provider: check", () => {
  it("writes the defaults of the official plugin into a connection and its proxy, secret or not", () => {
    const connection = secret({ host: "192.0.2.1", proxy: { host: "192.0.2.2", port: 2222 } });
    const { inputs, failures } = provider.check(REMOTE, { connection, create: "true" });
    assert.deepEqual(failures, []);
    const defaults = { dialErrorLimit: 10, perDialTimeout: 15, port: 22, user: "root" };
    assert.deepEqual(
      inputs["connection"],
      secret({ ...defaults, host: "192.0.2.1", proxy: { ...defaults, host: "192.0.2.2", port: 2222 } }),
    );
  });

  it("names what is wrong, and takes on trust what is not known yet", () => {
    const { failures } = provider.check(REMOTE, { connection: { port: 70_000 }, create: 5, logging: "some" });
    const properties = failures.map(({ property }) => property).sort();
    assert.deepEqual(properties, ["connection.host", "connection.port", "create", "logging"]);
    for (const connection of [UNKNOWN, { host: UNKNOWN, port: UNKNOWN }, secret(UNKNOWN)]) {
      assert.deepEqual(provider.check(REMOTE, { connection, create: UNKNOWN }).failures, []);
    }
  });

  it("refuses a source that is neither on disk nor a text, and what the stand-in does not have", () => {
    const remoteAsset = { [specialSigKey]: specialAssetSig, hash: "h", uri: "https://192.0.2.1/x" };
    const copy = provider.check(COPY, { connection: { host: "192.0.2.1" }, remotePath: "/tmp/x", source: remoteAsset });
    assert.match(copy.failures.map(({ reason }) => reason).join(), /must be a FileAsset or a StringAsset/);
    const globs = provider.check(LOCAL, { create: "true", assetPaths: ["*.txt"] });
    assert.deepEqual(globs.failures, [
      { property: "assetPaths", reason: "is not offered by this stand-in; an official Pulumi has it" },
    ]);
    assert.throws(() => provider.check({ type: "command:remote:CopyFile", name: "x" }, {}), /CopyFile is not offered/);
  });

  it("reads the type and the name out of a URN with parents and colons in it", () => {
    const urn = "urn:pulumi:local::vip-failover::vip:index:Edge$command:remote:Command::edge-1::install";
    assert.deepEqual(parseUrn(urn), { type: "command:remote:Command", name: "edge-1::install" });
  });
});

describe("command provider: diff", () => {
  const base: WireObject = { connection: { host: "192.0.2.1" }, create: "true", triggers: ["a", { b: 1 }] };

  it("finds nothing in equal inputs, whatever is marked secret and however keys are ordered", () => {
    const same = {
      triggers: [secret("a"), { b: 1 }],
      create: secret("true"),
      connection: secret({ host: "192.0.2.1" }),
    };
    assert.deepEqual(provider.diff(base, same), { changed: [], replaces: [] });
  });

  it("updates for any input, and replaces for triggers alone", () => {
    assert.deepEqual(provider.diff(base, { ...base, create: "false" }), { changed: ["create"], replaces: [] });
    assert.deepEqual(provider.diff(base, { ...base, stdin: "x" }), { changed: ["stdin"], replaces: [] });
    const moved = { ...base, connection: { host: "192.0.2.2" }, triggers: ["b"] };
    assert.deepEqual(provider.diff(base, moved), { changed: ["connection", "triggers"], replaces: ["triggers"] });
    assert.deepEqual(provider.diff(base, { ...base, triggers: UNKNOWN }).replaces, ["triggers"]);
  });

  it("compares assets by their content, wherever they lie", () => {
    const one = { ...fileAsset("/one"), hash: "same" };
    const other = { ...fileAsset("/other"), hash: "same" };
    assert.deepEqual(provider.diff({ source: one }, { source: other }).changed, []);
    assert.deepEqual(provider.diff({ source: one }, { source: fileAsset("/other") }).changed, ["source"]);
  });
});

describe("command provider: state", () => {
  it("expects in a preview what it cannot know, and runs nothing", () => {
    const file = join(temporaryFolder(), "ran");
    const expected = provider.expect(LOCAL, { create: `touch ${file}` });
    assert.deepEqual(expected, { create: `touch ${file}`, stdout: UNKNOWN, stderr: UNKNOWN });
    assert.equal(existsSync(file), false);
    assert.deepEqual(Object.keys(provider.expect(COPY, { remotePath: "/x" })), ["remotePath"]);
  });

  it("keeps the connection secret, and what was printed if anything that went in was", async () => {
    const { port } = await server();
    const open_ = await run(REMOTE, {
      connection: connectionTo(port, { privateKey: login.privateKey }),
      create: "echo x",
    });
    assert.deepEqual(open_.state["connection"], secret(connectionTo(port, { privateKey: login.privateKey })));
    assert.equal(open_.state["stdout"], "x");
    const closed = await run(REMOTE, { connection: connectionTo(port), create: "echo x" });
    assert.deepEqual(closed.state["stdout"], secret("x"));
    assert.match(closed.id, /^thing[0-9a-f]{8}$/);
  });
});

describe("command provider: local commands", () => {
  it("runs create, then update ?? create with the previous output, then the delete of the state", async () => {
    const log = join(temporaryFolder(), "log");
    const inputs = { create: `echo created | tee -a ${log}; echo warning >&2`, environment: { NAME: "you" } };
    const { state } = await run(LOCAL, inputs);
    assert.equal(state["stdout"], "created");
    assert.equal(state["stderr"], "warning");
    const news = {
      ...inputs,
      update: `echo "$NAME after $PULUMI_COMMAND_STDOUT" >> ${log}`,
      delete: `echo deleted >> ${log}`,
    };
    const updated = await provider.update(LOCAL, state, news, context());
    const again = await provider.update(LOCAL, updated, { ...inputs, delete: `echo deleted >> ${log}` }, context());
    await provider.remove(LOCAL, again, context());
    assert.deepEqual(lines(log), ["created", "you after created", "created", "deleted"]);
  });

  it("withholds the previous output when told to, honours dir, stdin and interpreter", async () => {
    const folder = temporaryFolder();
    const inputs = { create: "pwd; cat; echo ${PULUMI_COMMAND_STDOUT-none}", dir: folder, stdin: "typed\n" };
    const quiet = { ...inputs, addPreviousOutputInEnv: false, interpreter: ["/bin/sh", "-e", "-c"] };
    const { state } = await run(LOCAL, quiet);
    assert.equal(state["stdout"], `${folder}\ntyped\nnone`);
    const next = await provider.update(LOCAL, state, quiet, context());
    assert.equal(next["stdout"], `${folder}\ntyped\nnone`);
  });

  it("shows what is printed as the logging option says", async () => {
    const create = "echo out; echo err >&2";
    const shown = async (logging: WireValue): Promise<string[]> => {
      const at = context();
      await run(LOCAL, { create, ...(logging === null ? {} : { logging }) }, at);
      return at.lines.sort();
    };
    assert.deepEqual(await shown(null), ["err", "out"]);
    assert.deepEqual(await shown("stderr"), ["err"]);
    assert.deepEqual(await shown("stdout"), ["out"]);
    assert.deepEqual(await shown("none"), []);
  });

  it("fails with the command, its exit code and its output, and without any secret", async () => {
    const create = secret("echo before; echo 'the word is hunter22'; cat; exit 7");
    const failing = run(LOCAL, { create, stdin: secret("line one\nline two of it\n"), environment: { A: "b" } });
    const message = await failing.then(
      () => "",
      (error: unknown) => String(error),
    );
    assert.match(message, /on this machine exited with code 7/);
    assert.match(message, /before/);
    for (const word of ["hunter22'", "line one", "line two of it"]) assert.ok(!message.includes(word), message);
  });

  it("ends a command when the engine cancels", async () => {
    const controller = new AbortController();
    const at = {
      ...context(),
      signal: controller.signal,
      log: () => {
        controller.abort();
      },
    };
    await assert.rejects(provider.create(LOCAL, { create: "echo started; sleep 5" }, at), /was cancelled/);
  });
});

const lines = (file: string): string[] => readFileSync(file, "utf8").trimEnd().split("\n");

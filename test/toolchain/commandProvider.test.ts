// The stand-in for Pulumi's command plugin: what it checks and compares, and what it keeps in the state.
import assert from "node:assert/strict";
import { specialAssetSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import * as provider from "../../toolchain/offline/command/provider.ts";
import { parseUrn } from "../../toolchain/offline/provider.ts";
import { secret, UNKNOWN, type WireObject } from "../../toolchain/offline/wireValues.ts";
import { COPY, connectionTo, fileAsset, login, REMOTE, run, server } from "./commandFixture.ts";

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
    assert.throws(() => provider.check({ type: "command:remote:CopyFile", name: "x" }, {}), /CopyFile is not offered/);
  });

  it("runs nothing on the machine that Pulumi runs on", () => {
    const local = { type: "command:local:Command", name: "x" };
    assert.throws(() => provider.check(local, { create: "id" }), /local:Command is not offered/);
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
  it("expects in a preview what it cannot know", () => {
    assert.deepEqual(provider.expect(REMOTE, { create: "id" }), { create: "id", stdout: UNKNOWN, stderr: UNKNOWN });
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

// The stand-in for Pulumi's command plugin: commands on other machines, and the way there, against real SSH servers.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import ssh2 from "ssh2";
import * as provider from "../../toolchain/offline/command/provider.ts";
import { open, secret } from "../../toolchain/offline/wireValues.ts";
import {
  closedPort,
  connectionTo,
  context,
  hostKey,
  REMOTE,
  run,
  server,
  stdoutOf,
  without,
} from "./commandFixture.ts";
import { type KeyPair, newKeyPair } from "./sshServer.ts";

describe("command provider: remote commands", () => {
  it("runs over SSH with stdin and separate streams, and logs lines with secrets taken out", async () => {
    const { port, commands } = await server();
    const at = context();
    const create = "cat; echo err >&2";
    const { state } = await run(
      REMOTE,
      { connection: connectionTo(port), create, stdin: secret("top secret\nrest") },
      at,
    );
    assert.equal(stdoutOf(state), "top secret\nrest");
    assert.equal(open(state["stderr"] ?? null), "err");
    assert.deepEqual(commands, [create]);
    assert.deepEqual(at.lines.sort(), ["[secret]", "[secret]", "err"]);
  });

  it("runs update ?? create on a change, and delete over the connection of the state", async () => {
    const { port, commands } = await server();
    const inputs = { connection: connectionTo(port), create: "echo 1", delete: "echo gone" };
    const { state } = await run(REMOTE, inputs);
    await provider.update(REMOTE, state, { ...inputs, stdin: "x" }, context());
    await provider.update(REMOTE, state, { ...inputs, update: "echo 2" }, context());
    await provider.remove(REMOTE, state, context());
    assert.deepEqual(commands, ["echo 1", "echo 1", "echo 2", "echo gone"]);
  });

  it("shows what is printed as the logging option says", async () => {
    const { port } = await server();
    const create = "echo out; echo err >&2";
    const shown = async (logging: string | undefined): Promise<string[]> => {
      const at = context();
      const inputs = { connection: connectionTo(port), create };
      await run(REMOTE, logging === undefined ? inputs : { ...inputs, logging }, at);
      return at.lines.sort();
    };
    assert.deepEqual(await shown(undefined), ["err", "out"]);
    assert.deepEqual(await shown("stderr"), ["err"]);
    assert.deepEqual(await shown("stdout"), ["out"]);
    assert.deepEqual(await shown("none"), []);
  });

  it("does nothing without a command", async () => {
    const { state } = await run(REMOTE, { connection: connectionTo(1) });
    assert.equal(stdoutOf(state), "");
    await provider.remove(REMOTE, state, context());
  });

  it("sets variables that the server accepts, and fails by name for one that it does not", async () => {
    const { port } = await server({ acceptEnv: ["GREETING", "PULUMI_COMMAND_STDOUT"] });
    const inputs = { connection: connectionTo(port), create: "echo $GREETING ${PULUMI_COMMAND_STDOUT-}" };
    const { state } = await run(REMOTE, { ...inputs, environment: { GREETING: "it's me" } });
    assert.equal(stdoutOf(state), "it's me");
    const next = await provider.update(REMOTE, state, { ...inputs, environment: { GREETING: "again" } }, context());
    assert.equal(stdoutOf(next), "again it's me");
    const quiet = { ...inputs, addPreviousOutputInEnv: false };
    assert.equal(stdoutOf(await provider.update(REMOTE, state, quiet, context())), "");
    await assert.rejects(
      run(REMOTE, { ...inputs, environment: { GREETING: "x", OTHER: "y" } }),
      /environment: the server does not accept OTHER; allow it with AcceptEnv/,
    );
  });

  it("fails with exit codes and signals, never with the key or the password", async () => {
    const { port } = await server({ password: "correct horse" });
    const connection = connectionTo(port, { password: "correct horse" });
    await assert.rejects(run(REMOTE, { connection, create: "echo my correct horse; exit 3" }), (error: Error) =>
      /on tester@127\.0\.0\.1:\d+ exited with code 3:\nmy \[secret\]$/.test(error.message),
    );
    await assert.rejects(run(REMOTE, { connection, create: "kill -KILL $$" }), /was ended by signal (SIG)?KILL/);
    const create = secret("echo 'the word is hunter22'; cat; exit 7");
    const stdin = secret("line one\nline two of it\n");
    await assert.rejects(run(REMOTE, { connection, create, stdin }), (error: Error) =>
      ["hunter22'", "line one", "line two of it"].every((word) => !error.message.includes(word)),
    );
  });

  it("says that it does not know how a command ended whose connection was lost", async () => {
    const ssh = await server();
    const at = { ...context(), log: ssh.drop };
    const lost = provider.create(REMOTE, { connection: connectionTo(ssh.port), create: "echo go; exec sleep 600" }, at);
    await assert.rejects(lost, /lost while the command ran: whether it finished is not known/);
  });
});

describe("command provider: connections", () => {
  it("refuses a host key that is not the expected one, naming both fingerprints", async () => {
    const ssh = await server({ hostKey: newKeyPair() });
    const connection = connectionTo(ssh.port);
    await assert.rejects(run(REMOTE, { connection, create: "true" }), (error: Error) => {
      assert.match(error.message, /its host key is ssh-ed25519 SHA256:\S{43}, expected ssh-ed25519 SHA256:\S{43}/);
      assert.ok(error.message.includes(fingerprintOf(hostKey)));
      return true;
    });
    assert.equal(ssh.logins(), 0);
  });

  it("asks for the kind of key it knows, when the server has several", async () => {
    const rsa = ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 });
    const { port } = await server({ otherHostKeys: [rsa.private] });
    const connection = connectionTo(port, { hostKey: rsa.public });
    assert.equal(stdoutOf((await run(REMOTE, { connection, create: "echo in" })).state), "in");
  });

  it("takes any host key when none is given, as the official plugin does", async () => {
    const { port } = await server();
    const connection = without(connectionTo(port), "hostKey");
    assert.equal(stdoutOf((await run(REMOTE, { connection, create: "echo in" })).state), "in");
  });

  it("logs in with a password, and with an encrypted key", async () => {
    const encrypted = newKeyPair("open sesame");
    const { port } = await server({ authorizedKey: encrypted.publicKey, password: "letmein" });
    const byPassword = without(connectionTo(port, { password: "letmein" }), "privateKey");
    await run(REMOTE, { connection: byPassword, create: "true" });
    const byKey = connectionTo(port, { privateKey: encrypted.privateKey, privateKeyPassword: "open sesame" });
    await run(REMOTE, { connection: byKey, create: "true" });
    const wrong = connectionTo(port, { privateKey: encrypted.privateKey, privateKeyPassword: "close sesame" });
    await assert.rejects(run(REMOTE, { connection: wrong, create: "true" }), (error: Error) => {
      assert.match(error.message, /the privateKey for tester@127\.0\.0\.1:\d+ cannot be read/);
      return !error.message.includes("sesame");
    });
  });

  it("dials again until the machine answers", async () => {
    const port = await closedPort();
    const pending = run(REMOTE, { connection: connectionTo(port, { dialErrorLimit: 40 }), create: "echo up" });
    await server({ port });
    assert.equal(stdoutOf((await pending).state), "up");
  });

  it("gives up after dialErrorLimit failures and says how often and why", async () => {
    const connection = connectionTo(await closedPort(), { dialErrorLimit: 2 });
    await assert.rejects(
      run(REMOTE, { connection, create: "true" }),
      /no SSH connection to tester@127\.0\.0\.1:\d+, tried 3 times in \d\.\d s: .*ECONNREFUSED/,
    );
  });

  it("stops dialling when the engine cancels or the resource's time is up", async () => {
    const connection = connectionTo(await closedPort(), { dialErrorLimit: -1 });
    const at = { ...context(), signal: AbortSignal.timeout(300) };
    await assert.rejects(provider.create(REMOTE, { connection, create: "true" }, at), /abort|timeout/i);
  });

  it("says why it ended a command before its time", async () => {
    const ssh = await server();
    const late = new AbortController();
    const at = {
      signal: late.signal,
      log: () => {
        late.abort(new Error("it took too long"));
      },
    };
    const ended = provider.create(
      REMOTE,
      { connection: connectionTo(ssh.port), create: "echo go; exec sleep 600" },
      at,
    );
    await assert.rejects(ended, /^Error: it took too long$/);
  });

  it("goes through a bastion that has a host key and a user of its own", async () => {
    const bastionKey = newKeyPair();
    const bastionLogin = newKeyPair();
    const bastion = await server({ hostKey: bastionKey, authorizedKey: bastionLogin.publicKey, user: "bastion" });
    const machine = await server();
    const proxy = {
      host: "127.0.0.1",
      port: bastion.port,
      user: "bastion",
      privateKey: secret(bastionLogin.privateKey),
      hostKey: bastionKey.publicKey,
      dialErrorLimit: 0,
    };
    const { state } = await run(REMOTE, { connection: connectionTo(machine.port, { proxy }), create: "echo through" });
    assert.equal(stdoutOf(state), "through");
    assert.deepEqual(bastion.forwards, [`127.0.0.1:${machine.port}`]);
    assert.deepEqual(bastion.commands, []);
    const wrong = connectionTo(machine.port, { proxy: { ...proxy, hostKey: hostKey.publicKey } });
    await assert.rejects(
      run(REMOTE, { connection: wrong, create: "true" }),
      /no SSH connection to bastion@127\.0\.0\.1:\d+, tried once: its host key is/,
    );
  });

  it("says which side of the bastion is at fault", async () => {
    const bastion = await server({ user: "bastion" });
    const proxy = { ...connectionTo(bastion.port), user: "bastion" };
    const connection = connectionTo(await closedPort(), { proxy });
    await assert.rejects(run(REMOTE, { connection, create: "true" }), /the bastion cannot reach 127\.0\.0\.1:\d+/);
  });
});

function fingerprintOf({ publicKey }: KeyPair): string {
  const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

// Another user of the machine while Pulumi runs: what a plugin does at root's word it does not do at nobody's.
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { installStandIn } from "../../toolchain/offline/install.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { newKeyPair, type SshServer, startSshServer } from "./sshServer.ts";

const PASSWORD = "logs-in-to-the-machine";
/** The user nobody, and one that has no name. */
const NOBODY_UID = 65_534;
const OTHER_UID = 65_533;
/** Whether it is compressed, and its length in four bytes: before each message of gRPC. */
const FRAME_HEADER_BYTES = 5;

/** Sends one gRPC request by Node's own HTTP/2, in a process of the user; prints the status that came back, or "closed". */
const CALLER = `
const [port, body] = process.argv.slice(1);
const session = require("node:http2").connect("http://127.0.0.1:" + port);
let isSaid = false;
const say = (word) => {
  if (!isSaid) process.stdout.write(word, () => process.exit());
  isSaid = true;
};
session.on("error", () => say("closed")).on("close", () => say("closed"));
const headers = { ":method": "POST", ":path": "/pulumirpc.ResourceProvider/Create", te: "trailers" };
const request = session.request({ ...headers, "content-type": "application/grpc" });
request.on("error", () => say("closed"));
request.on("response", (answer) => { if (answer["grpc-status"]) say("status " + answer["grpc-status"]); });
request.on("trailers", (trailers) => say("status " + trailers["grpc-status"])).resume();
request.end(Buffer.from(body, "base64"));
`;

describe("a stranger on the machine", () => {
  const hostKey = newKeyPair();
  let folder: string;
  let ssh: SshServer;
  let plugin: ChildProcess;
  let said: string;

  /** Starts the plugin as a user and returns its port. */
  const start = async (uid: number): Promise<string> => {
    said = "";
    const launcher = join(folder, "pulumi-resource-command");
    plugin = spawn(launcher, { uid, stdio: ["pipe", "pipe", "pipe"] });
    plugin.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const [port] = (await once(plugin.stdout?.setEncoding("utf8") ?? plugin, "data")) as [string];
    return port.trim();
  };
  const creation = () => {
    const connection = { host: "127.0.0.1", port: ssh.port, user: "tester", password: PASSWORD, dialErrorLimit: 0 };
    return new messages.CreateRequest()
      .setUrn("urn:pulumi:s::p::command:remote:Command::x")
      .setProperties(struct.Struct.fromJavaScript({ connection, create: "id -u" }));
  };
  /** What comes of a Create that a process of the user sends. */
  const createAs = async (uid: number, port: string): Promise<string> => {
    const message = Buffer.from(creation().serializeBinary());
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    frame.writeUInt32BE(message.length, 1);
    const body = Buffer.concat([frame, message]).toString("base64");
    const argv = ["-e", CALLER, port, body];
    const { stdout } = await promisify(execFile)(process.execPath, argv, { uid, gid: uid, cwd: "/" });
    return stdout;
  };

  before(async () => {
    folder = temporaryFolder("suite");
    chmodSync(folder, 0o755);
    await installStandIn({ executable: "pulumi-resource-command", entry: "command/plugin.ts" }, folder);
    ssh = await startSshServer({ hostKey, password: PASSWORD });
  });
  afterEach(async () => {
    plugin.kill();
    await once(plugin, "exit");
  });
  after(() => ssh.close());

  it("is hung up on by a plugin of root's: nothing runs, and the engine's own call does", async () => {
    const port = await start(0);
    for (const uid of [NOBODY_UID, OTHER_UID, NOBODY_UID]) assert.equal(await createAs(uid, port), "closed");
    assert.deepEqual(ssh.commands, []);
    assert.equal(ssh.logins(), 0);
    assert.equal(await createAs(0, port), "status 0");
    assert.deepEqual(ssh.commands, ["id -u"]);
    const refusals = [NOBODY_UID, OTHER_UID].map((uid) => `refused a connection to this plugin from user ${uid}\n`);
    assert.equal(said, refusals.join(""));
  });

  it("is told from the plugin's own user, where that is not root; root may speak to any", async () => {
    const port = await start(NOBODY_UID);
    const before = ssh.commands.length;
    assert.equal(await createAs(OTHER_UID, port), "closed");
    assert.equal(ssh.commands.length, before);
    for (const uid of [NOBODY_UID, 0]) assert.equal(await createAs(uid, port), "status 0");
    assert.equal(ssh.commands.length, before + 2);
  });
});

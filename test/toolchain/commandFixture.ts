// What the tests of the command provider share: SSH servers with known keys, and properties as the engine sends them.
import { createHash } from "node:crypto";
import { specialArchiveSig, specialAssetSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { afterEach } from "mocha";
import * as provider from "../../toolchain/offline/command/provider.ts";
import type { RequestContext, ResourceName } from "../../toolchain/offline/provider.ts";
import { open, secret, type WireObject, type WireValue } from "../../toolchain/offline/wireValues.ts";
import { newKeyPair, type SshServer, type SshServerOptions, startSshServer } from "./sshServer.ts";

export const REMOTE = { type: "command:remote:Command", name: "thing" };
export const COPY = { type: "command:remote:CopyToRemote", name: "thing" };

/** The host key of every server that is started without another, and the key that logs in to it. */
export const hostKey = newKeyPair();
export const login = newKeyPair();

let servers: SshServer[] = [];

/** An SSH server that is closed after the test. */
export async function server(options: Partial<SshServerOptions> = {}): Promise<SshServer> {
  const started = await startSshServer({ hostKey, authorizedKey: login.publicKey, ...options });
  servers.push(started);
  return started;
}

/** A port of 127.0.0.1 that refuses connections, but did not a moment ago. */
export async function closedPort(): Promise<number> {
  const started = await startSshServer({ hostKey });
  await started.close();
  return started.port;
}

afterEach(async () => {
  await Promise.all(servers.map((each) => each.close()));
  servers = [];
});

/** The connection input for a server on that port; one dial is enough for a server that is there. */
export function connectionTo(port: number, more: WireObject = {}): WireObject {
  return {
    host: "127.0.0.1",
    port,
    user: "tester",
    privateKey: secret(login.privateKey),
    hostKey: hostKey.publicKey,
    dialErrorLimit: 0,
    ...more,
  };
}

/** Inputs without one of them. */
export function without(inputs: WireObject, name: string): WireObject {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== name));
}

/** A request's context that keeps the lines it was given. */
export function context(): RequestContext & { readonly lines: string[] } {
  const lines: string[] = [];
  return { signal: new AbortController().signal, log: (line) => lines.push(line), lines };
}

/** Creates a resource. */
export const run = (
  name: ResourceName,
  inputs: WireObject,
  at: RequestContext = context(),
): ReturnType<typeof provider.create> => provider.create(name, inputs, at);

/** What a resource's command printed. */
export const stdoutOf = (state: WireObject): WireValue => open(state["stdout"] ?? null);

/** A text, a file and a folder as the engine sends them; the hash is the engine's over the content. */
export const textAsset = (text: string): WireObject => ({
  [specialSigKey]: specialAssetSig,
  hash: createHash("sha256").update(text).digest("hex"),
  text,
});
export const fileAsset = (path: string): WireObject => ({ [specialSigKey]: specialAssetSig, hash: `of ${path}`, path });
export const fileArchive = (path: string): WireObject => ({
  [specialSigKey]: specialArchiveSig,
  hash: `of ${path}`,
  path,
});

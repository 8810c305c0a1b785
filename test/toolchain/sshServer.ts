// A real SSH server on 127.0.0.1 for the tests: commands run in /bin/sh, SFTP works on this machine's files.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import ssh2, { type Connection, type ServerChannel, type SFTPWrapper } from "ssh2";
import { newSshKeyPair } from "../../toolchain/sshKeyPair.ts";

const { STATUS_CODE, flagsToString } = ssh2.utils.sftp;

/** A key pair as the connection inputs take it. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

export function newKeyPair(passphrase?: string): KeyPair {
  const { private: privateKey, public: publicKey } =
    passphrase === undefined ? newSshKeyPair() : newSshKeyPair({ passphrase, cipher: "aes256-ctr", rounds: 1 });
  return { privateKey, publicKey };
}

/** What a test server lets happen. */
export interface SshServerOptions {
  readonly hostKey: KeyPair;
  /** Further host keys, of other types: the client must ask for the one it knows. */
  readonly otherHostKeys?: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly authorizedKey?: string;
  /** Names of variables it lets through, as AcceptEnv does. */
  readonly acceptEnv?: readonly string[];
  readonly port?: number;
}

/** A running test server and what it saw. */
export interface SshServer {
  readonly port: number;
  readonly commands: readonly string[];
  /** Connections that logged in. */
  readonly logins: () => number;
  /** Where clients were forwarded to: `host:port`. */
  readonly forwards: readonly string[];
  /** Drops every connection without a word. */
  readonly drop: () => void;
  readonly close: () => Promise<void>;
}

export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const commands: string[] = [];
  const forwards: string[] = [];
  const open = new Set<Connection>();
  let logins = 0;
  const hostKeys = [options.hostKey.privateKey, ...(options.otherHostKeys ?? [])];
  const server = new ssh2.Server({ hostKeys }, (connection) => {
    open.add(connection);
    withoutDelay(connection);
    connection.on("close", () => open.delete(connection));
    // A client that refuses the host key, or is dropped, is no failure of the server.
    connection.on("error", () => undefined);
    authenticate(connection, options);
    connection.on("ready", () => {
      logins++;
      serveSessions(connection, options, commands);
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      forwards.push(`${destIP}:${destPort}`);
      const target = connect(destPort, destIP);
      target.once("error", () => {
        reject();
      });
      target.once("connect", () => {
        const channel = accept();
        target.pipe(channel).pipe(target);
        channel.once("close", () => target.destroy());
        target.once("close", () => channel.end());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const drop = (): void => {
    for (const connection of open) connection.end();
  };
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    forwards,
    logins: () => logins,
    drop,
    close: async () => {
      drop();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

/** Else each answer waits for the client's delayed acknowledgement. The types lack the method. */
function withoutDelay(connection: Connection & { setNoDelay?: (on: boolean) => void }): void {
  connection.setNoDelay?.(true);
}

function authenticate(connection: Connection, options: SshServerOptions): void {
  const { user = "tester", password, authorizedKey } = options;
  const key = authorizedKey === undefined ? undefined : ssh2.utils.parseKey(authorizedKey);
  connection.on("authentication", (context) => {
    if (context.username !== user) context.reject();
    else if (context.method === "password" && context.password === password) context.accept();
    else if (context.method === "publickey" && key !== undefined && !(key instanceof Error)) {
      const isKnown = context.key.data.equals(key.getPublicSSH());
      const isProved =
        context.signature === undefined || key.verify(context.blob ?? "", context.signature, context.hashAlgo);
      if (isKnown && isProved) context.accept();
      else context.reject();
    } else context.reject(["publickey", "password"]);
  });
}

function serveSessions(connection: Connection, { acceptEnv = [] }: SshServerOptions, commands: string[]): void {
  connection.on("session", (acceptSession) => {
    const environment: Record<string, string> = {};
    const session = acceptSession();
    // This client wants no reply to it, and so there is none to give.
    session.on("env", (_accept, _reject, { key, val }) => {
      if (acceptEnv.includes(key)) environment[key] = val;
    });
    session.on("exec", (accept, _reject, { command }) => {
      commands.push(command);
      runShell(accept(), command, environment);
    });
    session.on("sftp", (accept) => {
      serveFiles(accept());
    });
  });
}

function runShell(channel: ServerChannel, command: string, environment: Record<string, string>): void {
  const shell = spawn("/bin/sh", ["-c", command], { env: { PATH: process.env["PATH"], ...environment } });
  shell.stdin.on("error", () => undefined);
  channel.pipe(shell.stdin);
  shell.stdout.pipe(channel, { end: false });
  shell.stderr.pipe(channel.stderr, { end: false });
  shell.once("close", (code, signal) => {
    if (signal === null) channel.exit(code ?? 0);
    else channel.exit(signal);
    channel.end();
  });
  channel.once("close", () => shell.kill());
}

/** The part of SFTP version 3 that copying needs; draft-ietf-secsh-filexfer-02. */
function serveFiles(sftp: SFTPWrapper): void {
  const attempt = (id: number, work: () => void): void => {
    try {
      work();
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE, String(error));
    }
  };
  const fileOf = (handle: Buffer): number => handle.readUInt32BE(0);
  sftp.on("OPEN", (id, path, flags) => {
    attempt(id, () => {
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(openSync(path, flagsToString(flags) ?? "r"));
      sftp.handle(id, handle);
    });
  });
  sftp.on("WRITE", (id, handle, offset, data) => {
    attempt(id, () => {
      writeSync(fileOf(handle), data, 0, data.length, offset);
      sftp.status(id, STATUS_CODE.OK);
    });
  });
  sftp.on("CLOSE", (id, handle) => {
    attempt(id, () => {
      closeSync(fileOf(handle));
      sftp.status(id, STATUS_CODE.OK);
    });
  });
  sftp.on("STAT", (id, path) => {
    attempt(id, () => {
      const { mode, uid, gid, size, atimeMs, mtimeMs } = statSync(path);
      sftp.attrs(id, { mode, uid, gid, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) });
    });
  });
  sftp.on("MKDIR", (id, path) => {
    attempt(id, () => {
      mkdirSync(path);
      sftp.status(id, STATUS_CODE.OK);
    });
  });
}

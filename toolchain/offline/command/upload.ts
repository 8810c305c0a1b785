// Copies a file, a folder or a text to another machine by SFTP, to the paths that the official plugin would choose.
import { readdir, stat } from "node:fs/promises";
import { basename, posix } from "node:path";
import type { Client, SFTPWrapper } from "ssh2";
import type { AssetOrArchive } from "../wireValues.ts";

/** Writes under way at once: one at a time would wait a round trip for every 32 KiB. */
const CONCURRENT_WRITES = 64;
/** SSH_FX_NO_SUCH_FILE, draft-ietf-secsh-filexfer-02 section 7. */
const NO_SUCH_FILE = 2;

/**
 * Copies `source` to `remotePath`, making missing parent folders. Modes are the remote's defaults; what is already
 * there is overwritten or merged with.
 *
 *     source   remotePath is a folder     is missing            is a file
 *     dir      remotePath/dir             remotePath/dir        refused
 *     dir/     remotePath/…               remotePath/…          refused
 *     file     remotePath/file            remotePath            overwritten
 *     text     refused                    remotePath            overwritten
 */
export async function upload(client: Client, source: AssetOrArchive, remotePath: string): Promise<void> {
  const sftp = await openSftp(client);
  try {
    const target = new RemoteFiles(sftp);
    switch (source.kind) {
      case "text":
        await uploadText(target, source.text, remotePath);
        break;
      case "path":
        if ((await stat(source.path)).isDirectory()) await uploadFolder(target, source.path, remotePath);
        else await uploadFile(target, source.path, remotePath);
        break;
      case "remembered":
        throw new Error(
          "its source is an archive without a path: write a FileArchive with the path of a file or folder",
        );
    }
  } finally {
    sftp.end();
  }
}

async function uploadText(target: RemoteFiles, text: string, remotePath: string): Promise<void> {
  if ((await target.kindOf(remotePath)) === "folder") {
    throw new Error(`remotePath ${remotePath} is a folder: a text needs the path of a file`);
  }
  await target.makeFolder(posix.dirname(remotePath));
  await target.write(remotePath, text);
}

async function uploadFile(target: RemoteFiles, file: string, remotePath: string): Promise<void> {
  const isFolder = (await target.kindOf(remotePath)) === "folder";
  if (!isFolder) await target.makeFolder(posix.dirname(remotePath));
  await target.copy(file, isFolder ? posix.join(remotePath, basename(file)) : remotePath);
}

async function uploadFolder(target: RemoteFiles, folder: string, remotePath: string): Promise<void> {
  await target.makeFolder(remotePath);
  const into = folder.endsWith("/") ? remotePath : posix.join(remotePath, basename(folder));
  await target.makeFolder(into);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const local = posix.join(entry.parentPath, entry.name);
    const remote = posix.join(into, posix.relative(folder, local));
    if (entry.isDirectory()) await target.makeFolder(remote);
    // A symbolic link to a file is copied as that file.
    else await target.copy(local, remote);
  }
}

function openSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => {
      if (error === undefined) resolve(sftp);
      else reject(new Error(`the server offers no SFTP: ${error.message}`, { cause: error }));
    });
  });
}

type Callback = (error?: Error | null) => void;

/** The files of the other machine; every failure names the path. */
class RemoteFiles {
  readonly #sftp: SFTPWrapper;
  /** Rejects when the connection closes, which answers none of its open requests. */
  readonly #lost: Promise<never>;
  readonly #made = new Set<string>();

  constructor(sftp: SFTPWrapper) {
    this.#sftp = sftp;
    this.#lost = new Promise((_, reject) => {
      sftp.once("close", () => {
        reject(new Error("the SSH connection was lost while copying"));
      });
    });
    this.#lost.catch(() => undefined);
  }

  kindOf(path: string): Promise<"file" | "folder" | "nothing"> {
    const asked = new Promise<"file" | "folder" | "nothing">((resolve, reject) => {
      this.#sftp.stat(path, (error, stats) => {
        if (error === undefined) resolve(stats.isDirectory() ? "folder" : "file");
        else if ("code" in error && error.code === NO_SUCH_FILE) resolve("nothing");
        else reject(failure(`cannot look at ${path}`, error));
      });
    });
    return Promise.race([asked, this.#lost]);
  }

  /** Makes a folder and those above it, where they are missing. */
  async makeFolder(path: string): Promise<void> {
    if (this.#made.has(path)) return;
    const kind = await this.kindOf(path);
    if (kind === "file") throw new Error(`${path} is a file there, and must be a folder`);
    if (kind === "nothing") {
      await this.makeFolder(posix.dirname(path));
      await this.#do(`cannot make the folder ${path}`, (done) => {
        this.#sftp.mkdir(path, done);
      });
    }
    this.#made.add(path);
  }

  copy(local: string, remote: string): Promise<void> {
    return this.#do(`cannot copy ${local} to ${remote}`, (done) => {
      this.#sftp.fastPut(local, remote, { concurrency: CONCURRENT_WRITES }, done);
    });
  }

  write(path: string, text: string): Promise<void> {
    return this.#do(`cannot write ${path}`, (done) => {
      this.#sftp.writeFile(path, text, done);
    });
  }

  #do(what: string, start: (done: Callback) => void): Promise<void> {
    const asked = new Promise<void>((resolve, reject) => {
      start((error) => {
        if (error === undefined || error === null) resolve();
        else reject(failure(what, error));
      });
    });
    return Promise.race([asked, this.#lost]);
  }
}

const failure = (what: string, error: Error): Error => new Error(`${what}: ${error.message}`, { cause: error });

// Runs one command on an SSH connection and waits for it: RFC 4254 sections 6.4 to 6.10.
import type { Client, ClientChannel } from "ssh2";
import type { Execution } from "./commandInputs.ts";

/** What to run, and what to give it. */
export interface RemoteCommandLine {
  readonly command: string;
  readonly stdin?: string | undefined;
  /** Variables for its environment, which the server must have been told to accept. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string, from: "stdout" | "stderr") => void;
}

/**
 * Runs a command to its end.
 * @throws Error when the connection is lost before that
 */
export function execute(client: Client, line: RemoteCommandLine): Promise<Execution> {
  const { command, environment } = line;
  return new Promise((resolve, reject) => {
    const lost = (): void => {
      reject(new Error("the SSH connection was lost before the command could start"));
    };
    client.once("close", lost);
    client.exec(command, environment === undefined ? {} : { env: { ...environment } }, (error, channel) => {
      client.off("close", lost);
      // At once: how a quick command ended may be in the same packet as that it started.
      if (error === undefined) follow(channel, line).then(resolve, reject);
      else reject(error);
    });
  });
}

async function follow(channel: ClientChannel, { stdin, onLine }: RemoteCommandLine): Promise<Execution> {
  const ended = howItEnded(channel);
  const stdout = new Lines((text) => onLine?.(text, "stdout"));
  const stderr = new Lines((text) => onLine?.(text, "stderr"));
  let output = "";
  const collect = (lines: Lines) => (chunk: string) => {
    output += chunk;
    lines.push(chunk);
  };
  channel.setEncoding("utf8").on("data", collect(stdout));
  channel.stderr.setEncoding("utf8").on("data", collect(stderr));
  channel.end(stdin ?? "");
  const failure = await ended;
  return { stdout: stdout.end(), stderr: stderr.end(), output, failure };
}

/** Undefined for exit code 0, else a few words. */
function howItEnded(channel: ClientChannel): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let ended: { readonly failure: string | undefined } | undefined;
    channel.once("exit", (code: number | null, signal?: string) => {
      if (code === null) ended = { failure: `was ended by signal ${signal ?? "unknown"}` };
      else ended = { failure: code === 0 ? undefined : `exited with code ${code}` };
    });
    channel.once("error", reject);
    channel.once("close", () => {
      if (ended !== undefined) resolve(ended.failure);
      else reject(new Error("the SSH connection was lost while the command ran: whether it finished is not known"));
    });
  });
}

/** Collects text and hands out its lines as they become complete. */
class Lines {
  readonly #onLine: (line: string) => void;
  #text = "";
  #shown = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: string): void {
    this.#text += chunk;
    for (let end = this.#text.indexOf("\n", this.#shown); end >= 0; end = this.#text.indexOf("\n", this.#shown)) {
      this.#onLine(this.#text.slice(this.#shown, end).replace(/\r$/, ""));
      this.#shown = end + 1;
    }
  }

  /** The whole text; a last line without a newline counts as complete. */
  end(): string {
    if (this.#shown < this.#text.length) this.#onLine(this.#text.slice(this.#shown));
    this.#shown = this.#text.length;
    return this.#text;
  }
}

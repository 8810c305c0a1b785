// SSH connections: authentication, the host's key, and a bastion in between.

import type { Duplex } from "node:stream";
import ssh2, { type AnyAuthMethod, type Client, type ConnectConfig } from "ssh2";
import { messageOf } from "../../messageOf.ts";
import { type Connection, type Endpoint, nameOf } from "./connection.ts";
import { DialFailure, dialWithRetry } from "./dial.ts";
import { algorithmOf, fingerprint, parseHostKey, signatureAlgorithms } from "./hostKey.ts";

/** A machine that is gone without a word is noticed after a minute. */
const KEEPALIVE_INTERVAL_MS = 15_000;
const KEEPALIVES_MISSED = 4;

/** Runs `use` with a connection to the machine and closes it after; a bastion's too. */
export async function withConnection<T>(
  connection: Connection,
  signal: AbortSignal,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const bastion = connection.proxy === undefined ? undefined : new Bastion(connection.proxy, signal);
  try {
    const client = await dial(connection, bastion, signal);
    const end = (): void => {
      client.destroy();
    };
    signal.addEventListener("abort", end);
    try {
      return await use(client);
    } finally {
      signal.removeEventListener("abort", end);
      client.end();
    }
  } catch (error) {
    // What broke when the work was ended says less than why it was ended.
    signal.throwIfAborted();
    throw error;
  } finally {
    await bastion?.close();
  }
}

/** The machine that the way leads through. It is dialled when first needed, and again when it was lost in between. */
class Bastion {
  readonly #endpoint: Endpoint;
  readonly #signal: AbortSignal;
  #client: Promise<Client> | undefined;

  constructor(endpoint: Endpoint, signal: AbortSignal) {
    this.#endpoint = endpoint;
    this.#signal = signal;
  }

  client(): Promise<Client> {
    this.#client ??= this.#dial();
    return this.#client;
  }

  async #dial(): Promise<Client> {
    const client = await dial(this.#endpoint, undefined, this.#signal);
    client.once("close", () => {
      this.#client = undefined;
    });
    return client;
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    client?.end();
  }
}

function dial(endpoint: Endpoint, bastion: Bastion | undefined, signal: AbortSignal): Promise<Client> {
  return dialWithRetry(nameOf(endpoint), endpoint.dialErrorLimit, signal, async () => {
    // A mistake in the inputs does not go away by waiting.
    const config = orGiveUp(() => clientConfig(endpoint));
    const sock = bastion === undefined ? undefined : await forward(await bastion.client(), endpoint);
    return handshake(endpoint, sock === undefined ? config : { ...config, sock }, signal);
  });
}

function orGiveUp<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new DialFailure(messageOf(error), { cause: error });
  }
}

/** A channel through the bastion to the machine, RFC 4254 section 7.2. */
function forward(bastion: Client, { host, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const lost = (): void => {
      reject(new Error("the connection to the bastion was lost"));
    };
    bastion.once("close", lost);
    bastion.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      bastion.off("close", lost);
      if (error === undefined) resolve(channel);
      else reject(new Error(`the bastion cannot reach ${host}:${port}: ${error.message}`, { cause: error }));
    });
  });
}

function handshake(endpoint: Endpoint, config: ConnectConfig, signal: AbortSignal): Promise<Client> {
  const client = new ssh2.Client();
  const expected = endpoint.hostKey === undefined ? undefined : parseHostKey(endpoint.hostKey);
  let refused: string | undefined;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      fail(new Error("the dial was cancelled"));
    };
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", abort);
      client.destroy();
      reject(refused === undefined ? error : new Error(refused, { cause: error }));
    };
    signal.throwIfAborted();
    signal.addEventListener("abort", abort);
    client.once("ready", () => {
      signal.removeEventListener("abort", abort);
      resolve(client);
    });
    client.on("error", fail);
    client.once("close", () => {
      fail(new Error("the connection was closed"));
    });
    client.connect({
      ...config,
      hostVerifier: (blob: Buffer) => {
        if (expected === undefined || blob.equals(expected.blob)) return true;
        refused =
          `its host key is ${algorithmOf(blob)} ${fingerprint(blob)}, ` +
          `expected ${expected.algorithm} ${fingerprint(expected.blob)}: it is another machine, or someone is in between`;
        return false;
      },
    });
    // Many small packets, each waited for: Nagle's algorithm would hold each of them back for tens of milliseconds.
    client.setNoDelay(true);
  });
}

/** @throws Error when the private key or the host key cannot be read */
function clientConfig(endpoint: Endpoint): ConnectConfig {
  const { host, port, user, perDialTimeout, hostKey } = endpoint;
  return {
    host,
    port,
    username: user,
    readyTimeout: perDialTimeout * 1000,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVES_MISSED,
    authHandler: authentication(endpoint),
    ...(hostKey === undefined ? {} : { algorithms: { serverHostKey: signatureAlgorithms(parseHostKey(hostKey)) } }),
  };
}

/** What to try, in the official plugin's order: the private key, the password, the agent. */
function authentication(endpoint: Endpoint): AnyAuthMethod[] {
  const { user: username, privateKey, privateKeyPassword, password } = endpoint;
  const methods: AnyAuthMethod[] = [];
  if (privateKey !== undefined) {
    const key = ssh2.utils.parseKey(privateKey, privateKeyPassword);
    if (key instanceof Error) throw new Error(`the privateKey for ${nameOf(endpoint)} cannot be read: ${key.message}`);
    methods.push({ type: "publickey", username, key });
  }
  if (password !== undefined) {
    methods.push({ type: "password", username, password });
    methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        finish(prompts.map(() => password));
      },
    });
  }
  const agent = endpoint.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
  if (agent !== undefined && agent !== "") methods.push({ type: "agent", username, agent });
  if (methods.length === 0)
    throw new Error(`${nameOf(endpoint)} has no privateKey, no password and no SSH agent to log in with`);
  return methods;
}

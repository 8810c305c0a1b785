/** Lets the peers in that dial this node: on its own addresses, from theirs, a few at a time, with the group's key. */
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { NumberedKey } from "../../config/schema/peerLink.ts";
import type { ConnectionFailures } from "./connectionFailures.ts";
import { callerOf, codeOf, refusalOf, SECURITY } from "./handshake.ts";

const HANDSHAKE_TIMEOUT_MS = 2_000;
/** Handshakes under way of each peer's address, of which each may cost a key exchange. No other address has any. */
const MAX_HANDSHAKES_OF_AN_ADDRESS = 8;
/** For an address that is not there yet, or a port that another process still has. */
const RETRY_MS = 1_000;

export interface Doorway {
  /** Own addresses. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** A caller may have any of these. */
  readonly keys: readonly NumberedKey[];
}

export interface Doorkeeper {
  /** Whether a node that is to be let in has this address. */
  expectsFrom(address: string): boolean;
  /** Whether a node of this name is to be let in. */
  expects(node: string): boolean;
  /** It proved that it has the group's key. */
  admit(node: string, socket: TLSSocket): void;
}

export class Listener {
  readonly #doorway: Doorway;
  readonly #connectionFailures: ConnectionFailures;
  readonly #doorkeeper: Doorkeeper;
  readonly #tls: TlsServer;
  readonly #servers = new Set<Server>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Connections that have not proved anything. */
  readonly #handshakes = new Set<Socket>();
  /** The node that each says it is, and has proved to be once the handshake is done. */
  readonly #callers = new WeakMap<TLSSocket, string>();
  #stopped = false;

  constructor(doorway: Doorway, connectionFailures: ConnectionFailures, doorkeeper: Doorkeeper) {
    this.#doorway = doorway;
    this.#connectionFailures = connectionFailures;
    this.#doorkeeper = doorkeeper;
    this.#tls = createTlsServer({
      ...SECURITY,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      pskCallback: (socket, identity) => {
        const caller = callerOf(identity, doorway.keys, (node) => doorkeeper.expects(node));
        if (caller === undefined) return null;
        this.#callers.set(socket, caller.node);
        return caller.psk;
      },
    });
    this.#tls.on("secureConnection", (socket) => {
      this.#secured(socket);
    });
    this.#tls.on("tlsClientError", (error, socket) => {
      const { remoteAddress = "" } = socket;
      // Node leaves a handshake that timed out as it is.
      socket.destroy();
      const reason = refusalOf(error);
      const fields = { from: remoteAddress, code: codeOf(error) };
      this.#complain(reason, `peer link: refused a connection: ${reason}`, fields);
    });
  }

  /** Resolves once every address was tried; those that cannot be listened on are tried again forever. */
  async start(): Promise<void> {
    await Promise.all(this.#doorway.addresses.map((address) => this.#listen(address)));
  }

  /** Lets nobody in any more. Who is in already stays. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const server of this.#servers) server.close();
    for (const socket of this.#handshakes) socket.destroy();
  }

  #listen(address: string): Promise<void> {
    const { port } = this.#doorway;
    const server = createTcpServer((socket) => {
      this.#take(socket);
    });
    this.#servers.add(server);
    return new Promise((resolve) => {
      server.on("error", (error) => {
        const reason = refusalOf(error);
        const fields = { address, port, code: codeOf(error) };
        this.#complain(reason, `peer link: cannot listen on ${address} port ${port}: ${reason}`, fields);
        this.#servers.delete(server);
        this.#listenLater(address);
        resolve();
      });
      server.listen({ host: address, port }, resolve);
    });
  }

  #listenLater(address: string): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#listen(address);
    }, RETRY_MS);
    this.#timers.add(timer);
  }

  #take(socket: Socket): void {
    const from = socket.remoteAddress ?? "";
    // Before it costs anything: whoever is no peer takes no room from those who are.
    if (!this.#doorkeeper.expectsFrom(from)) {
      socket.destroy();
      const message = "peer link: refused a connection: no peer that dials this node has its address";
      this.#complain("unknown-address", message, { from });
      return;
    }
    const [oldest, ...others] = [...this.#handshakes].filter(({ remoteAddress }) => remoteAddress === from);
    if (oldest !== undefined && others.length + 1 >= MAX_HANDSHAKES_OF_AN_ADDRESS) {
      // A peer is done within milliseconds, so the one that has taken longest is stuck.
      oldest.destroy();
      this.#complain("too-many", "peer link: ended the oldest of too many handshakes at a time", { from });
    }
    this.#handshakes.add(socket);
    socket.once("close", () => this.#handshakes.delete(socket));
    // One that is ended before TLS took it over has nobody else who hears of a reset.
    socket.on("error", () => undefined);
    // A TLS server that does not listen itself takes sockets this way: documented for its event "connection".
    this.#tls.emit("connection", socket);
  }

  #secured(socket: TLSSocket): void {
    for (const handshake of this.#handshakes) {
      const { remoteAddress, remotePort } = handshake;
      if (remoteAddress === socket.remoteAddress && remotePort === socket.remotePort)
        this.#handshakes.delete(handshake);
    }
    const node = this.#callers.get(socket);
    if (node === undefined || this.#stopped) socket.destroy();
    else this.#doorkeeper.admit(node, socket);
  }

  #complain(
    reason: ReturnType<typeof refusalOf>,
    message: string,
    fields: Readonly<Record<string, string | number>>,
  ): void {
    this.#connectionFailures.add({ subject: "listener", reason, message, fields });
  }
}

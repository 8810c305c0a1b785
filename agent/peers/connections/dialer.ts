/** Keeps calling one address of a peer, from 50 ms to 1 s apart, until somebody with the group's key answers. */
import { connect, type TLSSocket } from "node:tls";
import type { NumberedKey } from "../../config/schema/peerLink.ts";
import { callerWith, codeOf, type Refusal, refusalOf, SECURITY } from "./handshake.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** A pause is up to so much longer or shorter, so that nodes that failed together do not call together. */
const JITTER = 0.25;
/** For the TCP connection; a first packet that was lost would be sent again after a second only. */
const CONNECT_TIMEOUT_MS = 1_000;
const HANDSHAKE_TIMEOUT_MS = 2_000;
/** A connection that lived so long was a good one: the next pause is the shortest again. */
const GOOD_LIFE_MS = 1_000;

export interface Target {
  readonly address: string;
  readonly port: number;
  /** Own address to call from; undefined: the kernel chooses. */
  readonly localAddress: string | undefined;
  /** This node's name, its identity to the listener. */
  readonly node: string;
  readonly key: NumberedKey;
}

export interface DialerEvents {
  /** The handshake is done. The next attempt follows when this socket is closed. */
  connected(socket: TLSSocket): void;
  /** An attempt failed; the next one follows by itself. */
  failed(refusal: Refusal, code: string): void;
}

export class Dialer {
  readonly #target: Target;
  readonly #events: DialerEvents;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #attempt: TLSSocket | undefined;
  #stopped = false;

  constructor(target: Target, events: DialerEvents) {
    this.#target = target;
    this.#events = events;
  }

  /** Calls, now. */
  dial(): void {
    if (this.#stopped) return;
    const socket = call(this.#target);
    this.#attempt = socket;
    secured(socket).then(
      () => {
        this.#attempt = undefined;
        if (this.#stopped) return;
        const connectedMs = performance.now();
        socket.once("close", () => {
          if (performance.now() - connectedMs >= GOOD_LIFE_MS) this.#pauseMs = FIRST_PAUSE_MS;
          this.#dialLater();
        });
        this.#events.connected(socket);
      },
      (error: unknown) => {
        if (this.#stopped) return;
        this.#events.failed(refusalOf(error), codeOf(error));
        this.#dialLater();
      },
    );
  }

  /** Calls no more; an attempt under way is given up, a connection is not. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#attempt?.destroy();
  }

  #dialLater(): void {
    if (this.#stopped) return;
    const pauseMs = this.#pauseMs * (1 + JITTER * (2 * Math.random() - 1));
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.dial();
    }, pauseMs);
  }
}

function call({ address, port, localAddress, node, key }: Target): TLSSocket {
  return connect({
    ...SECURITY,
    host: address,
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
    pskCallback: () => callerWith(key, node),
    // There is no certificate whose name could be checked.
    checkServerIdentity: () => undefined,
  });
}

/** Settles when the handshake is done, or rejects with the error that ended it. */
function secured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      socket.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    };
    let timer = setTimeout(giveUp, CONNECT_TIMEOUT_MS);
    socket.once("connect", () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, HANDSHAKE_TIMEOUT_MS);
    });
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on("error", reject);
    socket.once("close", () => {
      clearTimeout(timer);
      reject(new Error("closed"));
    });
  });
}

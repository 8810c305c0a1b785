/** One connection between two peers, from the end of its handshake: both introduce themselves, then talk until it ends. */
import type { TLSSocket } from "node:tls";
import { encodeFrame, FrameDecoder, MAX_MESSAGE_BYTES } from "../protocol/framing.ts";
import {
  decodeMessage,
  encodeMessage,
  type Farewell,
  type Hello,
  LINK_VERSION,
  type Message,
  type Remark,
  type State,
} from "../protocol/message.ts";
import { Allowance } from "./allowance.ts";
import type { Ending } from "./ending.ts";
import { codeOf, type Refusal } from "./handshake.ts";

const INTRODUCTION_TIMEOUT_MS = 2_000;
/** A hello and the longest state. */
const MAX_INTRODUCTION_BYTES = MAX_MESSAGE_BYTES + 1_024;
/** For the last words to leave. */
const FAREWELL_TIMEOUT_MS = 500;
/** More than this waits only where nothing gets through any more. */
const MAX_UNSENT_BYTES = 1 << 20;

export interface ConnectionEvents {
  /** Both sides know each other; what the other one is comes with it. */
  introduced(hello: Hello, state: State): void;
  received(remark: Remark): void;
  /** Once, and never after `finish`. */
  ended(ending: Ending): void;
}

/** What this side says first, and whom it expects to hear. */
export interface Introduction {
  readonly hello: Hello;
  readonly state: State;
  readonly expectedNode: string;
  /** Monotonic microseconds. */
  readonly clock: () => number;
}

export class Connection {
  readonly remoteAddress: string;
  readonly #socket: TLSSocket;
  readonly #expectedNode: string;
  readonly #events: ConnectionEvents;
  readonly #decoder = new FrameDecoder();
  readonly #clock: () => number;
  readonly #allowance: Allowance;
  #introductionBytes = 0;
  readonly #timer: NodeJS.Timeout;
  #hello: Hello | undefined;
  #introduced = false;
  #ended = false;

  /** @param socket secure, and nobody else's from here on */
  constructor(socket: TLSSocket, { hello, state, expectedNode, clock }: Introduction, events: ConnectionEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#allowance = new Allowance(clock());
    this.#expectedNode = expectedNode;
    this.#events = events;
    this.remoteAddress = socket.remoteAddress ?? "";
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on("error", (error) => {
      this.#end({ kind: "broken", cause: codeOf(error) });
    });
    for (const event of ["end", "close"] as const) {
      socket.on(event, () => {
        this.#end({ kind: "broken", cause: event });
      });
    }
    this.#timer = setTimeout(() => {
      this.refuse("timeout");
    }, INTRODUCTION_TIMEOUT_MS);
    this.send(hello);
    this.send(state);
  }

  get isIntroduced(): boolean {
    return this.#introduced;
  }

  send(message: Message): void {
    if (this.#ended) return;
    this.#socket.write(encodeFrame(encodeMessage(message)));
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.#end({ kind: "broken", cause: "congested" });
  }

  /** Says a last word and closes. Resolves once it is closed, for which the other side need not do anything. */
  finish(farewell: Farewell): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#ended = true;
    clearTimeout(this.#timer);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), FAREWELL_TIMEOUT_MS);
      this.#socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end(encodeFrame(encodeMessage(farewell)));
    });
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return;
    if (!this.#introduced) this.#introductionBytes += chunk.length;
    const frames = this.#decoder.decode(chunk);
    if (!frames.ok || this.#introductionBytes > MAX_INTRODUCTION_BYTES) {
      this.refuse("bad-message");
      return;
    }
    if (!this.#allowance.spend(frames.value.length, chunk.length, this.#clock())) {
      this.refuse("too-many");
      return;
    }
    for (const text of frames.value) {
      const message = decodeMessage(text);
      if (message.ok) this.#hear(message.value);
      else this.refuse("bad-message");
      if (this.#isOver()) return;
    }
  }

  /** The order is hello, state, then anything but another hello; a farewell comes at any time. */
  #hear(message: Message): void {
    if (message.kind === "goodbye" || message.kind === "close") {
      this.#end(message);
    } else if (message.kind === "hello") {
      const refusal = this.#refusalOf(message);
      if (refusal === undefined) this.#hello = message;
      else this.refuse(refusal);
    } else if (this.#introduced) {
      this.#events.received(message);
    } else if (message.kind === "state" && this.#hello !== undefined) {
      this.#introduced = true;
      clearTimeout(this.#timer);
      this.#events.introduced(this.#hello, message);
    } else {
      this.refuse("bad-message");
    }
  }

  #refusalOf({ version, node }: Hello): Refusal | undefined {
    if (this.#hello !== undefined) return "bad-message";
    if (version !== LINK_VERSION) return "version-mismatch";
    return node === this.#expectedNode ? undefined : "wrong-node";
  }

  /** Ends it because of who the other side is, or what it says. */
  refuse(refusal: Refusal): void {
    if (this.#ended) return;
    void this.finish({ kind: "close", reason: refusal });
    this.#events.ended({ kind: "refused", refusal });
  }

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#events.ended(ending);
  }

  /** A method, since what is heard may end the connection. */
  #isOver(): boolean {
    return this.#ended;
  }
}

/** Somebody who dials a peer link by hand, and says what no agent would say, or nothing. */
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { dialingKey, SECURITY } from "../../agent/peers/connections/handshake.ts";
import { encodeFrame, FrameDecoder } from "../../agent/peers/protocol/framing.ts";
import { decodeMessage, type Hello, type Message, type State } from "../../agent/peers/protocol/message.ts";
import { HEARTBEAT_MICROS, KEY, loopback, web } from "./link.ts";

export function helloOf(node: string, change: Partial<Hello> = {}): Hello {
  return { kind: "hello", version: 1, node, instance: "first", path: 0, ...change };
}

export function stateOf(node: number, change: Partial<State> = {}): State {
  return {
    kind: "state",
    revision: 1,
    heartbeatMicros: HEARTBEAT_MICROS,
    protocolAlive: true,
    routers: [web(node, "backup")],
    ...change,
  };
}

/** A TLS connection as node `node` with a key, from its address; rejects with the error of the handshake. */
export function dial(
  address: string,
  port: number,
  {
    node = "edge-1",
    key = KEY,
    localAddress = loopback(Number(node.replace("edge-", ""))),
    ...options
  }: ConnectionOptions & { readonly node?: string; readonly key?: string; readonly localAddress?: string } = {},
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // A socket of its own, since the types of TLS know no local address.
    const socket = connectTls({
      ...SECURITY,
      socket: connectTcp({ host: address, port, localAddress }),
      pskCallback: () => ({ psk: dialingKey(key, node), identity: node }),
      checkServerIdentity: () => undefined,
      ...options,
    });
    socket.once("secureConnect", () => {
      resolve(socket);
    });
    socket.on("error", reject);
  });
}

/** A TCP connection and no more. @param localAddress edge-1's, unless another one is given */
export function dialBare(address: string, port: number, localAddress = loopback(1)): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, localAddress }, () => {
      resolve(socket);
    });
    socket.on("error", reject);
  });
}

export function say(socket: TLSSocket, ...messages: readonly object[]): void {
  for (const message of messages) socket.write(encodeFrame(JSON.stringify(message)));
}

/** The first state that fits among what the other side says from now on; rejects when it closes before. */
export function stateSaid(socket: TLSSocket, fits: (state: State) => boolean): Promise<State> {
  const decoder = new FrameDecoder();
  return new Promise((resolve, reject) => {
    const take = (message: Message): void => {
      if (message.kind === "state" && fits(message)) resolve(message);
    };
    socket.on("data", (chunk: Buffer) => {
      const frames = decoder.decode(chunk);
      for (const text of frames.ok ? frames.value : []) {
        const message = decodeMessage(text);
        if (message.ok) take(message.value);
      }
    });
    socket.once("close", () => {
      reject(new Error("closed without such a state"));
    });
  });
}

/** Milliseconds until the other side has closed. What it says until then is read and ignored. */
export function closing(socket: Socket): Promise<number> {
  const started = performance.now();
  socket.resume();
  return new Promise((resolve) => {
    if (socket.destroyed) resolve(0);
    socket.once("close", () => {
      resolve(performance.now() - started);
    });
  });
}

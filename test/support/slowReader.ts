/** A program whose output is read slowly, or not to its end: what it wrote, and how it ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { CHECKOUT } from "../../toolchain/places.ts";

/** Long enough that a program which does not wait for its reader has ended meanwhile. */
const PAUSE_MS = 10;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/**
 * Runs a TypeScript program of the house.
 * @param most octets to read; then the pipe is closed, as `head` does
 */
export async function readSlowly(argv: readonly string[], most = Infinity): Promise<Ended> {
  const child = spawn(process.execPath, ["--import", "tsx", ...argv], {
    cwd: CHECKOUT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  let error = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    error += piece;
  });
  const pieces: Buffer[] = [];
  let octets = 0;
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    pieces.push(piece);
    octets += piece.length;
    if (octets >= most) break;
    await delay(PAUSE_MS);
  }
  const [code] = await ended;
  return { code, out: Buffer.concat(pieces).toString("utf8"), error };
}

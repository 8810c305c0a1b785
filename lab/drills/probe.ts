/**
 * The client of a drill: calls a URL again and again, each time over a new connection, and prints one JSON line a call.
 *
 * Runs as its own process in the client host's namespace: `probe.ts HOST PORT INTERVAL_MS DEADLINE_MS`, ended by SIGTERM
 * or when its standard input closes. A new connection each time is what a new visitor does, and it lets the answer's
 * body (the server's name) say who holds the address now.
 */
import { connect } from "node:net";
import type { Answer } from "./answers.ts";
import { nowMs } from "./clock.ts";

/** One call: connects, asks, reads to the end. Never rejects: no answer within the deadline is an answer too. */
function call(host: string, port: number, deadlineMs: number): Promise<Answer> {
  const sentMs = nowMs();
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = "";
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const by = serverIn(text);
      resolve(by === undefined ? { sentMs } : { sentMs, answeredMs: nowMs(), by });
    };
    const timer = setTimeout(finish, deadlineMs);
    socket.setEncoding("latin1");
    socket.on("connect", () => socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));
    socket.on("data", (chunk: string) => {
      if (text.length < 4096) text += chunk;
    });
    socket.on("end", finish);
    socket.on("error", finish);
  });
}

/** The server's name: the body of a whole, good answer. */
function serverIn(answer: string): string | undefined {
  const [head, body] = answer.split("\r\n\r\n");
  return head?.startsWith("HTTP/1.1 200") && body?.endsWith("\n") ? body.trim() : undefined;
}

function main([host, port, intervalMs, deadlineMs]: readonly string[]): void {
  if (host === undefined || port === undefined)
    throw new Error("usage: probe.ts HOST PORT [INTERVAL_MS] [DEADLINE_MS]");
  const interval = Number(intervalMs ?? 10);
  let nextMs = nowMs();
  let stopping = false;
  const tick = (): void => {
    if (stopping) return;
    nextMs += interval;
    void call(host, Number(port), Number(deadlineMs ?? 1000)).then((answer) => {
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
    setTimeout(tick, Math.max(0, nextMs - nowMs()));
  };
  // It ends by itself when the calls under way are answered and every line is written: nothing else keeps it.
  const stop = (): void => {
    stopping = true;
    process.stdin.destroy();
  };
  process.on("SIGTERM", stop);
  process.stdin.on("end", stop).resume();
  tick();
}

main(process.argv.slice(2));

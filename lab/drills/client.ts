/** The client host on Ext-Net: starts probes in its namespace and collects their answers. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { TYPESCRIPT_LOADER } from "../../toolchain/places.ts";
import type { Answer } from "./answers.ts";
import { nowMs, waitFor } from "./clock.ts";

const PROBE = join(import.meta.dirname, "probe.ts");
const INTERVAL_MS = 10;
const PROBE_DEADLINE_MS = 1_000;

const answerLine = z.object({ sentMs: z.number(), answeredMs: z.number().optional(), by: z.string().optional() });

/** A running series of calls. */
export interface Probe {
  /** The first answer, past or future, that satisfies the condition; undefined when the deadline passes. */
  waitForAnswer(condition: (answer: Answer) => boolean, deadlineMs: number): Promise<Answer | undefined>;
  /** Waits until the machine's monotonic clock reads so much. */
  waitUntil(monotonicMs: number): Promise<void>;
  /** Ends the calls and returns every answer, by node name. May be called twice. */
  stop(): Promise<readonly Answer[]>;
}

export interface ProbeClient {
  probe(host: string, port: number): Probe;
}

/**
 * A client in a network namespace of the lab.
 * @param nodeOf maps the host name in an answer to the node's name in the stack
 */
export function createProbeClient(namespace: string, nodeOf: (hostName: string) => string): ProbeClient {
  return {
    probe(host, port) {
      const answers: Answer[] = [];
      const child = spawn(
        "ip",
        [
          "netns",
          "exec",
          namespace,
          process.execPath,
          "--import",
          TYPESCRIPT_LOADER,
          PROBE,
          host,
          String(port),
          String(INTERVAL_MS),
          String(PROBE_DEADLINE_MS),
        ],
        { stdio: ["pipe", "pipe", "inherit"] },
      );
      createInterface({ input: child.stdout }).on("line", (line) => {
        const { sentMs, answeredMs, by } = answerLine.parse(JSON.parse(line));
        answers.push({
          sentMs,
          ...(answeredMs === undefined ? {} : { answeredMs }),
          ...(by === undefined ? {} : { by: nodeOf(by) }),
        });
      });
      return runningProbe(child, answers);
    },
  };
}

function runningProbe(child: ChildProcess, answers: readonly Answer[]): Probe {
  const ended = new Promise<void>((resolve) => child.once("close", resolve));
  return {
    waitForAnswer: (condition, deadlineMs) =>
      waitFor(
        () => Promise.resolve(answers.find(condition)),
        deadlineMs,
        5,
        () => new Error("no such answer"),
      ).catch(() => undefined),
    waitUntil: (monotonicMs) => sleep(Math.max(0, monotonicMs - nowMs())),
    async stop() {
      child.stdin?.end();
      await ended;
      return answers;
    },
  };
}

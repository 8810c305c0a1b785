/** The main thread's end of the protocol's thread: starts it, asks it, hears it end. */
import { Worker } from "node:worker_threads";
import { openPacketSockets, type PacketFds } from "../linux/sockets/packetSocket.ts";
import { SystemCallError } from "../linux/system/libc.ts";
import { openWake, wake } from "../linux/system/wake.ts";
import type { NodeState } from "../virtualRouter/nodeState.ts";
import type { NodeReport } from "../virtualRouter/report.ts";
import { applied, type CarriedReport } from "./protocolThread/outbox.ts";
import type {
  Question,
  QuestionName,
  Questions,
  ThreadMessage,
  ThreadSettings,
} from "./protocolThread/threadMessages.ts";

/** The protocol's thread answers within microseconds; a second without an answer means that it hangs. */
const ANSWER_TIMEOUT_MS = 1_000;

/** How the thread ended. */
export type ThreadEnd = { readonly kind: "finished" } | { readonly kind: "failed"; readonly error: unknown };

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

export class ThreadHandle {
  /** Settles once the node is started; stays open forever if it never is. */
  readonly started: Promise<void>;
  /** Settles when the thread has ended, in whatever way. */
  readonly ended: Promise<ThreadEnd>;
  readonly #worker: Worker;
  readonly #wakeFd = openWake();
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  /** As it was reported last. */
  #nodeState: NodeState | undefined;
  #hasEnded = false;

  /** Whether the thread is over, in whatever way. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @param entry the file to run in the thread: the program's own, which finds out that it is not the main thread. */
  constructor(
    entry: URL,
    settings: Omit<ThreadSettings, "wakeFd" | "packetFds">,
    take: (reports: readonly NodeReport[]) => void,
  ) {
    const workerData: ThreadSettings = { ...settings, wakeFd: this.#wakeFd, packetFds: packetFds() };
    const worker = new Worker(entry, { workerData });
    this.#worker = worker;
    this.started = new Promise((resolve) => {
      worker.on("message", (message: ThreadMessage) => {
        if (message.kind === "started") resolve();
      });
    });
    this.ended = new Promise((resolve) => {
      worker.on("message", (message: ThreadMessage) => {
        if (message.kind === "reports") take(message.reports.map((report) => this.#received(report)));
        if (message.kind === "answer") this.#settle(message.id, message.answer);
        if (message.kind === "finished") resolve({ kind: "finished" });
      });
      worker.on("error", (error) => {
        resolve({ kind: "failed", error });
      });
      worker.on("exit", (code) => {
        resolve({ kind: "failed", error: new Error(`the protocol's thread ended with exit code ${code}`) });
      });
    });
    void this.ended.then(() => {
      this.#hasEnded = true;
    });
    // A thread that blocks in the kernel would keep the process from exiting until its next deadline.
    process.on("exit", () => {
      this.#say({ name: "abandon", id: 0, question: null });
    });
  }

  /** Asks the thread. Rejects when there is no answer in time, and at once when it has ended. */
  ask<Name extends QuestionName>(
    name: Name,
    question: Questions[Name]["question"],
  ): Promise<Questions[Name]["answer"]> {
    if (this.#hasEnded) return Promise.reject(new Error("the agent is stopping: its roles are handed over"));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`the protocol's thread did not answer "${name}" within ${ANSWER_TIMEOUT_MS} ms`));
      }, ANSWER_TIMEOUT_MS);
      this.#pending.set(id, { resolve: resolve as (answer: unknown) => void, timer });
      this.#say({ name, id, question } as Question);
    });
  }

  #received(report: CarriedReport): NodeReport {
    if (report.kind !== "standing") return report;
    this.#nodeState = applied(this.#nodeState, report.difference);
    return { kind: "standing", nodeState: this.#nodeState };
  }

  #say(question: Question): void {
    this.#worker.postMessage(question);
    wake(this.#wakeFd);
  }

  #settle(id: number, answer: unknown): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.resolve(answer);
  }
}

function packetFds(): PacketFds | undefined {
  try {
    return openPacketSockets();
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return undefined;
  }
}

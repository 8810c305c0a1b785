/**
 * The thread in which elections, claims and their sockets live. It blocks in the kernel and never enters Node's event
 * loop, so nothing the main thread does (logs, control, garbage collection) delays an advertisement.
 */
import { isMainThread, type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { monotonicMicros } from "../../linux/system/clock.ts";
import { isKernelError } from "../../linux/system/kernelError.ts";
import { removeTimerSlack, runInRealTime } from "../../linux/system/scheduling.ts";
import { clearWake, wake } from "../../linux/system/wake.ts";
import { AgentNode } from "../../node/node.ts";
import { runEventLoop } from "./eventLoop.ts";
import { LinuxKernel } from "./linuxKernel.ts";
import { Outbox } from "./outbox.ts";
import type { Question, QuestionName, Questions, ThreadMessage, ThreadSettings } from "./threadMessages.ts";

/** In the middle of 1..99: above ordinary work, below what the kernel's own threads may need. */
const REAL_TIME_PRIORITY = 50;
/** Each may take some milliseconds, such as a takeover of many addresses. */
const MOST_QUESTIONS_PER_TURN = 16;

/** The body of the thread; returns when the node has handed everything over. */
export function runProtocolThread(): void {
  if (isMainThread || parentPort === null) throw new Error("the protocol's thread was started as a program");
  const port = parentPort;
  const { config, claims, handedOver, stateDirectory, wakeFd, packetFds } = workerData as ThreadSettings;
  const post = (message: ThreadMessage): void => {
    port.postMessage(message);
  };
  const outbox = new Outbox((reports) => {
    post({ kind: "reports", reports });
  });
  const say = (message: ThreadMessage): void => {
    outbox.empty();
    post(message);
  };
  const kernel = new LinuxKernel(stateDirectory, wakeFd, packetFds);
  kernel.warmUp();
  const node = new AgentNode(config, kernel, (report) => {
    outbox.add(report);
  });
  node.setEligibilities(new Map(Object.entries(claims)), monotonicMicros());
  node.start(monotonicMicros(), new Set(handedOver));
  preferThisThread(outbox);
  say({ kind: "started" });
  const onWake = (): "go-on" | "leave" => {
    clearWake(wakeFd);
    for (const question of pendingQuestions(port, wakeFd)) {
      if (question.name === "abandon") return "leave";
      say({ kind: "answer", id: question.id, answer: answerTo(question, node) });
    }
    return "go-on";
  };
  const beforeWaiting = (): void => {
    outbox.empty();
  };
  try {
    runEventLoop(node, kernel, { onWake, beforeWaiting });
  } finally {
    outbox.empty();
  }
  if (node.finished) say({ kind: "finished" });
  kernel.close();
  port.close();
}

function answerTo(
  question: Exclude<Question, { name: "abandon" }>,
  node: AgentNode,
): Questions[QuestionName]["answer"] {
  const nowMicros = monotonicMicros();
  switch (question.name) {
    case "status":
      return node.status(nowMicros);
    case "reconfigure":
      return node.reconfigure(question.question, nowMicros);
    case "claims":
      node.setEligibilities(new Map(Object.entries(question.question)), nowMicros);
      return null;
    case "happen":
      node.dispatch(question.question.event, question.question.virtualRouter, nowMicros);
      return null;
    case "prepared":
      node.prepared(question.question.virtualRouter, nowMicros);
      return null;
    case "recording":
      return node.recording();
    case "ping":
      return null;
    case "shutdown":
      node.shutdown(nowMicros);
      return null;
  }
}

/** Those that wait, but not so many that packets and timers would have to: the rest comes in the next turn. */
function* pendingQuestions(port: MessagePort, wakeFd: number): Generator<Question> {
  for (let count = 0; count < MOST_QUESTIONS_PER_TURN; count++) {
    const received = receiveMessageOnPort(port) as { message: Question } | undefined;
    if (received === undefined) return;
    yield received.message;
  }
  wake(wakeFd);
}

/** Asks the kernel for real time. An agent that is refused works, but may be late on a machine that is short of CPU. */
function preferThisThread(outbox: Outbox): void {
  try {
    removeTimerSlack();
    runInRealTime(REAL_TIME_PRIORITY);
    const fields = { policy: "SCHED_RR", priority: REAL_TIME_PRIORITY };
    outbox.add({ kind: "log", level: "info", message: "protocol thread runs in real time", fields });
  } catch (error) {
    if (!isKernelError(error)) throw error;
    const remedy = "grant LimitRTPRIO=50 or CAP_SYS_NICE, and real-time budget to the cgroup";
    const message = "protocol thread runs without real time";
    const what = { level: "warn", message, error: error.message, fields: { remedy } } as const;
    outbox.add({ kind: "trouble", trouble: "real-time", what });
  }
}

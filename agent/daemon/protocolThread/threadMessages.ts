/** What the main thread and the protocol's thread say to each other: few, plain, and none of them needed to elect. */

import type { AgentConfig } from "../../config/schema/document.ts";
import type { PacketFds } from "../../linux/sockets/packetSocket.ts";
import type { Reconfiguration } from "../../node/reconfiguration.ts";
import type { Eligibilities, RouterEvent } from "../../virtualRouter/eligibility.ts";
import type { NodeStatus } from "../../virtualRouter/status.ts";
import type { CarriedReport } from "./outbox.ts";

/** The questions by name, with what each carries and what answers it. */
export interface Questions {
  /** How is everything? */
  status: { readonly question: null; readonly answer: NodeStatus };
  /** Take this configuration over. */
  reconfigure: { readonly question: AgentConfig; readonly answer: Reconfiguration };
  /** These are what checks and operators make of the node's claims from now on, by virtual router. */
  claims: { readonly question: Eligibilities; readonly answer: null };
  /** This happens to one virtual router, or to all. */
  happen: { readonly question: RouterEvent; readonly answer: null };
  /** What this virtual router asked to be done before its addresses are taken is done. */
  prepared: { readonly question: { readonly virtualRouter: string }; readonly answer: null };
  /** What led to the latest changes of role? */
  recording: { readonly question: null; readonly answer: readonly string[] };
  /** Are you running? */
  ping: { readonly question: null; readonly answer: null };
  /** Hand everything over and end. Answered at once; the end is the thread's own. */
  shutdown: { readonly question: null; readonly answer: null };
  /** The process dies: leave the kernel, or it cannot. Nothing is handed over, as after SIGKILL. */
  abandon: { readonly question: null; readonly answer: null };
}

export type QuestionName = keyof Questions;

/** From the main thread; every one is answered, in order. */
export type Question = {
  [Name in QuestionName]: {
    readonly name: Name;
    readonly id: number;
    readonly question: Questions[Name]["question"];
  };
}[QuestionName];

/** What the protocol's thread is started with. */
export interface ThreadSettings {
  readonly config: AgentConfig;
  /** From the start on. */
  readonly claims: Eligibilities;
  /** Virtual routers that were handed over in an earlier life, and still preempt nobody. */
  readonly handedOver: readonly string[];
  /** See LinuxKernel. */
  readonly stateDirectory: string;
  /** Written to by the main thread after each question, see linux/system/wake.ts. */
  readonly wakeFd: number;
  /** Opened before any connection; undefined where that was refused, as it will be to the thread. */
  readonly packetFds: PacketFds | undefined;
}

/** From the protocol's thread. */
export type ThreadMessage =
  | { readonly kind: "reports"; readonly reports: readonly CarriedReport[] }
  | { readonly kind: "answer"; readonly id: number; readonly answer: Questions[QuestionName]["answer"] }
  /** The node is started: leftovers are gone, sockets open. */
  | { readonly kind: "started" }
  /** The node handed everything over. */
  | { readonly kind: "finished" };

/** What a node tells its surroundings: plain values, because they cross from the protocol's thread to the main one. */
import type { Transition } from "../election/election.ts";
import type { LogLine } from "../logging/logLine.ts";
import type { NewTrouble, TroubleKind } from "../logging/troubles.ts";
import type { NodeState } from "./nodeState.ts";

export type NodeReport =
  /** A virtual router changed its role; `at` is wall-clock time, ISO 8601 in UTC. */
  | ({ readonly kind: "transition"; readonly virtualRouter: string; readonly at: string } & Transition)
  /** A line for the log. */
  | LogLine
  /** Something is wrong with the node itself, and stays so. */
  | { readonly kind: "trouble"; readonly trouble: TroubleKind; readonly what: NewTrouble }
  /** The addresses of a virtual router are to be taken: do what its configuration wants done before, then say `prepared`. */
  | { readonly kind: "prepare"; readonly virtualRouter: string }
  /** Roles, claims and holdings; comes whenever they changed. What a successor of this process has to know. */
  | { readonly kind: "standing"; readonly nodeState: NodeState };

/** Takes reports; must neither block nor throw. */
export type Report = (report: NodeReport) => void;

/** What a node tells its surroundings: plain values, because they cross from the protocol's thread to the main one. */
import type { Transition } from "../election/election.ts";
import type { Standing } from "./standing.ts";
import type { NewTrouble, TroubleKind } from "./troubles.ts";

/** From the most to the least said. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Details of a log line: text, numbers and flags only. */
export type ReportFields = Readonly<Record<string, string | number | boolean>>;

export type NodeReport =
  /** A virtual router changed its role; `at` is wall-clock time, ISO 8601 in UTC. */
  | ({ readonly kind: "transition"; readonly virtualRouter: string; readonly at: string } & Transition)
  /** A line for the log. */
  | {
      readonly kind: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: ReportFields;
    }
  /** Something is wrong with the node itself, and stays so. */
  | { readonly kind: "trouble"; readonly trouble: TroubleKind; readonly what: NewTrouble }
  /** The addresses of a virtual router are to be taken: do what its configuration wants done before, then say `prepared`. */
  | { readonly kind: "prepare"; readonly virtualRouter: string }
  /** Roles, claims and holdings; comes whenever they changed. What a successor of this process has to know. */
  | { readonly kind: "standing"; readonly standing: Standing };

/** Takes reports; must neither block nor throw. */
export type Report = (report: NodeReport) => void;

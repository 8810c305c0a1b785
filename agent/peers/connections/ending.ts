/** How a connection came to its end by the other side's doing, and the words for it. */

import type { Farewell } from "../protocol/message.ts";
import type { Refusal } from "./handshake.ts";

export type Ending =
  /** The kernel closed it without a word: the process is dead, or something between the two made it look so. */
  | { readonly kind: "broken"; readonly cause: string }
  /** The other side took its leave. */
  | Farewell
  /** This side ended it, because of what the other one said or did not say. */
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Why a connection that ended like this before both sides were introduced was none. */
export function refusalOfEnding(ending: Ending): Refusal {
  switch (ending.kind) {
    case "refused":
      return ending.refusal;
    case "broken":
      return "reset";
    case "goodbye":
    case "close":
      return ending.reason === "version-mismatch" ? "version-mismatch" : "dismissed";
  }
}

/** For the log. */
export function endingInWords(ending: Ending): string {
  switch (ending.kind) {
    case "refused":
      return ending.refusal;
    case "broken":
      return `closed without a word (${ending.cause})`;
    case "goodbye":
    case "close":
      return `the peer closed it (${ending.reason})`;
  }
}

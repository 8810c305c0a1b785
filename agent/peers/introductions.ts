/** Connections on which a peer did not introduce itself: bounded, remembered with their reasons, and what they say of it. */
import type { Connection } from "./connections/connection.ts";
import type { ConnectionFailures } from "./connections/connectionFailures.ts";
import { type Ending, endingInWords, refusalOfEnding } from "./connections/ending.ts";

/** Connections under way to an introduction: what a peer with four paths makes when all of them end at once, twice. */
const MAX_UNDER_WAY = 8;

export class Introductions {
  readonly #node: string;
  readonly #failures: ConnectionFailures;
  readonly #versionDiffers: () => void;
  #versionMatches = true;

  /** @param versionDiffers hears once that the peer speaks another version of the link. */
  constructor(node: string, failures: ConnectionFailures, versionDiffers: () => void) {
    this.#node = node;
    this.#failures = failures;
    this.#versionDiffers = versionDiffers;
  }

  /** Whether one more connection may be made, beside these. */
  admit(connections: Iterable<Connection>, remoteAddress: string): boolean {
    if ([...connections].filter(({ isIntroduced }) => !isIntroduced).length < MAX_UNDER_WAY) return true;
    this.#failures.addOfPath(this.#node, remoteAddress, "too-many", "connections without an introduction");
    return false;
  }

  succeeded(remoteAddress: string): void {
    this.#versionMatches = true;
    this.#failures.forgetOfPath(this.#node, remoteAddress);
  }

  failed(remoteAddress: string, ending: Ending): void {
    const reason = refusalOfEnding(ending);
    this.#failures.addOfPath(this.#node, remoteAddress, reason, endingInWords(ending));
    if (reason !== "version-mismatch" || !this.#versionMatches) return;
    this.#versionMatches = false;
    this.#versionDiffers();
  }
}

/** What must be done before the addresses are taken, such as committing a synchronised connection table: asked for, waited for, given up at its time. */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { Report } from "./report.ts";

export class Preparation {
  #untilMicros: number | undefined;

  /** Asks for it. @returns false when there is nothing to prepare. */
  begin({ name, hooks }: VirtualRouterConfig, nowMicros: number, report: Report): boolean {
    if (hooks.prepare === undefined) return false;
    this.#untilMicros = nowMicros + hooks.prepareTimeout;
    report({ kind: "prepare", virtualRouter: name });
    return true;
  }

  /** It is done, or no longer needed. @returns whether it was waited for. */
  end(): boolean {
    const wasWaiting = this.#untilMicros !== undefined;
    this.#untilMicros = undefined;
    return wasWaiting;
  }

  /** Whether it was waited for long enough: an address without its connections is better than none. */
  isOver(nowMicros: number): boolean {
    return this.#untilMicros !== undefined && this.#untilMicros <= nowMicros;
  }

  deadline(): number | undefined {
    return this.#untilMicros;
  }
}

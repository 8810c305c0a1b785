/** What happened, a line an event and a column a node: for people who look for the cause. */
import type { Deed } from "../../../agent/simulation/deeds.ts";

const TIME_WIDTH = 14;
const COLUMN_WIDTH = 44;

export class Trace {
  readonly lines: string[] = [];
  readonly #nodes: readonly string[];
  readonly #withMessages: boolean;

  /** @param withMessages whether advertisements are told, too: they are many */
  constructor(nodes: readonly string[], titles: readonly string[], withMessages: boolean) {
    this.#nodes = nodes;
    this.#withMessages = withMessages;
    this.lines.push(`${"".padEnd(TIME_WIDTH)}${titles.map((node) => node.padEnd(COLUMN_WIDTH)).join("")}`.trimEnd());
  }

  say(node: string, words: string, atMicros: number): void {
    const time = (atMicros / 1_000_000).toFixed(6).padStart(TIME_WIDTH - 2);
    const column = this.#nodes.indexOf(node);
    const before = "".padEnd(Math.max(0, column) * COLUMN_WIDTH);
    this.lines.push(`${time}  ${before}${words}`);
  }

  deed(node: string, deed: Deed, atMicros: number): void {
    switch (deed.kind) {
      case "send":
        if (this.#withMessages) this.say(node, `-> ${deed.destination}`, atMicros);
        return;
      case "add":
      case "remove":
        this.say(node, `${deed.kind} ${deed.address}`, atMicros);
        return;
      case "announce":
        if (this.#withMessages) this.say(node, `announces ${deed.address}`, atMicros);
        return;
      case "ask":
        if (this.#withMessages) this.say(node, `asks who has ${deed.address}`, atMicros);
        return;
      case "renew":
      case "prefer":
      case "make":
      case "unmake":
    }
  }
}

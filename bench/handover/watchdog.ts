/** Stands in for systemd: hears an agent's words to the watchdog (sd_notify(3)), and how late they came. */
import { nowMs } from "../../lab/drills/clock.ts";
import { DatagramListener } from "../../test/support/datagramListener.ts";

/** How often the agent is to say that it lives, by a quarter of WATCHDOG_USEC. */
export const KEEPALIVE_MS = 1_000;
const LOOK_MS = 20;

export class Watchdog {
  readonly #listener: DatagramListener;
  readonly #timer: NodeJS.Timeout;
  #heardMs: number[] = [];

  constructor(path: string) {
    this.#listener = new DatagramListener(path);
    this.#timer = setInterval(() => {
      this.#listen();
    }, LOOK_MS);
  }

  /** Forgets what came before. */
  start(): void {
    this.#listen();
    this.#heardMs = this.#heardMs.slice(-1);
  }

  /** How late the latest of its words was since the start; one that is due and is not there counts until now. */
  lateMs(): number {
    this.#listen();
    const moments = [...this.#heardMs, nowMs()];
    const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? moment));
    return Math.max(0, ...gaps.map((gap) => gap - KEEPALIVE_MS));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listener.close();
  }

  #listen(): void {
    for (let text = this.#listener.next(); text !== undefined; text = this.#listener.next())
      if (text === "WATCHDOG=1") this.#heardMs.push(nowMs());
  }
}

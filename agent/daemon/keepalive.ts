/**
 * The agent's word that it is alive, to systemd's watchdog and to the peers. While the protocol's thread runs, that word
 * is its: it has to answer. Once it has handed everything over, what is left is the main thread's, such as hooks that
 * end in their own time, and the main thread speaks for itself.
 */
export interface KeepaliveNeeds {
  /** Asks the protocol's thread; rejects when there is no answer in time. */
  readonly ping: () => Promise<unknown>;
  /** To systemd's watchdog. */
  readonly alive: () => void;
  /** To the peers. */
  readonly setProtocolAlive: (isAlive: boolean) => void;
  /** Hears why there was no answer, each time. */
  readonly unanswered: (error: unknown) => void;
}

export class Keepalive {
  readonly #needs: KeepaliveNeeds;
  #isHandedOver = false;

  /** Begins at once. @param periodMs how often the word is due. */
  constructor(periodMs: number, needs: KeepaliveNeeds) {
    this.#needs = needs;
    setInterval(() => void this.#speak(), periodMs).unref();
  }

  /** The protocol's thread has ended as it should: it is not asked again. */
  handedOver(): void {
    this.#isHandedOver = true;
    this.#needs.alive();
  }

  async #speak(): Promise<void> {
    const { ping, alive, setProtocolAlive, unanswered } = this.#needs;
    if (this.#isHandedOver) {
      alive();
      return;
    }
    try {
      await ping();
      alive();
      setProtocolAlive(true);
    } catch (error) {
      // One that ended meanwhile owes no answer.
      if (this.#isOver()) return;
      unanswered(error);
      setProtocolAlive(false);
    }
  }

  /** A method, since it may have changed while an answer was waited for. */
  #isOver(): boolean {
    return this.#isHandedOver;
  }
}

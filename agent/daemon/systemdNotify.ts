/** The agent's word to systemd, when systemd is there to hear it: ready, stopping, alive (sd_notify(3)). */
import { sendDatagram } from "../linux/sockets/datagram.ts";
import { isKernelError } from "../linux/system/kernelError.ts";

const MICROS_PER_MS = 1_000;
/** Twice as often as systemd needs it, so that one that is late does no harm. */
const KEEPALIVES_PER_TIMEOUT = 4;
/** More often nobody needs to hear it, more seldom no timer of Node's can be. */
const KEEPALIVE_MS = { least: 10, most: 60_000 } as const;

export class ServiceManager {
  readonly #socketPath: string | undefined;
  /** How often systemd wants to hear `alive`; undefined: it does not watch. */
  readonly keepaliveMs: number | undefined;

  constructor(environment: NodeJS.ProcessEnv) {
    const { NOTIFY_SOCKET: socketPath, WATCHDOG_USEC: watchdogMicros, WATCHDOG_PID: watchdogPid } = environment;
    this.#socketPath = socketPath;
    const isMeant = watchdogPid === undefined || Number(watchdogPid) === process.pid;
    const wantedMs = Number(watchdogMicros) / MICROS_PER_MS / KEEPALIVES_PER_TIMEOUT;
    if (wantedMs > 0 && isMeant) {
      this.keepaliveMs = Math.min(KEEPALIVE_MS.most, Math.max(KEEPALIVE_MS.least, wantedMs));
    }
  }

  /** Start-up, or a reload, is complete. */
  ready(): void {
    this.#notify("READY=1");
  }

  reloading(): void {
    this.#notify("RELOADING=1");
  }

  stopping(): void {
    this.#notify("STOPPING=1");
  }

  alive(): void {
    this.#notify("WATCHDOG=1");
  }

  /** One line for `systemctl status`. */
  describe(line: string): void {
    this.#notify(`STATUS=${line}`);
  }

  #notify(text: string): void {
    if (this.#socketPath === undefined) return;
    try {
      sendDatagram(this.#socketPath, text);
    } catch (error) {
      // A full socket or a restarting systemd is no reason to stop; a lost keepalive is repeated.
      if (!isKernelError(error)) throw error;
    }
  }
}

/** The loop that blocks in the kernel and feeds a reactor: packets before time, always. */

import type { Reactor } from "../../interfaces/kernel.ts";
import { monotonicMicros } from "../../linux/system/clock.ts";
import type { LinuxKernel } from "./linuxKernel.ts";

/** What else is to be done in the loop's thread. */
export interface LoopEvents {
  /** Another thread woke this one; says whether to go on. */
  onWake(): "go-on" | "leave";
  /** A turn is over, and the thread is about to block. */
  beforeWaiting(): void;
}

const NOTHING_ELSE: LoopEvents = { onWake: () => "go-on", beforeWaiting: () => undefined };

/**
 * Runs until the reactor is finished.
 *
 * The schedule is absolute: the wait is computed anew from the reactor's deadline each time, so that lateness does not
 * add up. Everything that waits in a socket is read before the tick: after a stall of the machine both the deadline and
 * the advertisements that disprove it are there.
 */
export function runEventLoop(reactor: Reactor, kernel: LinuxKernel, events: LoopEvents = NOTHING_ELSE): void {
  let busySinceMicros = monotonicMicros();
  while (!reactor.finished) {
    events.beforeWaiting();
    const deadline = reactor.deadline();
    const beganMicros = monotonicMicros();
    const { sockets, conflicts, network, woken } = kernel.wait(
      deadline === undefined ? undefined : deadline - beganMicros,
    );
    busySinceMicros = restedAt(busySinceMicros, beganMicros, kernel);
    for (const fd of sockets) {
      kernel.readEach(fd, (packet) => {
        reactor.receive(packet, monotonicMicros());
      });
    }
    for (const fd of conflicts) {
      kernel.overhearEach(fd, (frame) => {
        reactor.overhear?.(frame, monotonicMicros());
      });
    }
    if (network) reactor.networkChanged(monotonicMicros());
    if (woken && events.onWake() === "leave") return;
    reactor.tick(monotonicMicros());
  }
}

/** A wait that took so long has blocked. */
const BLOCKED_MICROS = 200;
const LONGEST_BUSY_MICROS = 100_000;
const REST_MICROS = 10_000;

/**
 * In real time a thread that never blocks leaves the others of its processor nothing, and is killed in the end
 * (LimitRTTIME of the unit). So one that always has something to do rests now and then.
 * @returns since when the thread has not rested.
 */
function restedAt(busySinceMicros: number, waitedSinceMicros: number, kernel: LinuxKernel): number {
  const nowMicros = monotonicMicros();
  if (nowMicros - waitedSinceMicros >= BLOCKED_MICROS) return nowMicros;
  if (nowMicros - busySinceMicros < LONGEST_BUSY_MICROS) return busySinceMicros;
  kernel.rest(REST_MICROS);
  return monotonicMicros();
}

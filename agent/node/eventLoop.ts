/** The loop that blocks in the kernel and feeds a reactor: packets before time, always. */
import { monotonicMicros } from "../linux/clock.ts";
import type { Reactor } from "./kernel.ts";
import type { LinuxKernel } from "./linuxKernel.ts";

/**
 * Runs until the reactor is finished.
 *
 * The schedule is absolute: the wait is computed anew from the reactor's deadline each time, so that lateness does not
 * add up. Everything that waits in a socket is read before the tick: after a stall of the machine both the deadline and
 * the advertisements that disprove it are there.
 * @param onWake called when another thread woke this one; says whether to go on.
 */
export function runEventLoop(
  reactor: Reactor,
  kernel: LinuxKernel,
  onWake: () => "go-on" | "leave" = () => "go-on",
): void {
  while (!reactor.finished) {
    const deadline = reactor.deadline();
    const { sockets, network, woken } = kernel.wait(deadline === undefined ? undefined : deadline - monotonicMicros());
    for (const fd of sockets) {
      kernel.readEach(fd, (packet) => {
        reactor.receive(packet, monotonicMicros());
      });
    }
    if (network) reactor.networkChanged(monotonicMicros());
    if (woken && onWake() === "leave") return;
    reactor.tick(monotonicMicros());
  }
}

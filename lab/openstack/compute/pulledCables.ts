/**
 * Cables that stay pulled. Neutron's agent sets each tap up whenever it takes up its port, and would plug a pulled cable
 * in again; so while there are any, whatever sets their taps up is undone as the kernel tells of it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { inNamespace, ipBatchWhatCanBe } from "../../host/namespace.ts";

/** The pulled cables of one compute host. */
export interface PulledCables {
  /** From now on these taps stay down, and no others. */
  keepDown(taps: ReadonlySet<string>): void;
}

export function createPulledCables(namespace: string): PulledCables {
  let pulled: ReadonlySet<string> = new Set();
  let watcher: ChildProcess | undefined;
  const watch = (): ChildProcess => {
    const argv = ["--pdeathsig", "KILL", "--", ...inNamespace(namespace, ["ip", "-oneline", "monitor", "link"])];
    const child = spawn("setpriv", argv, { stdio: ["ignore", "pipe", "ignore"] });
    child.once("error", () => undefined);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const link = linkSetUp(line);
      if (link === undefined || !pulled.has(link)) return;
      // A tap that is gone by now needs nothing.
      void ipBatchWhatCanBe(namespace, [`link set ${link} down`]).catch(() => undefined);
    });
    return child;
  };
  return {
    keepDown: (taps) => {
      pulled = taps;
      if (taps.size > 0) watcher ??= watch();
      else {
        watcher?.kill("SIGKILL");
        watcher = undefined;
      }
    },
  };
}

/** The link that a line of `ip -oneline monitor link` says is administratively up: `7: tapX@if2: <BROADCAST,UP> ...`. */
export function linkSetUp(line: string): string | undefined {
  const [, link, flags] = /^\d+: ([^@:\s]+)[^<]*<([^>]*)>/.exec(line) ?? [];
  return flags?.split(",").includes("UP") === true ? link : undefined;
}

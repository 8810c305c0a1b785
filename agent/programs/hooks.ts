/** Programs of the operator that run when a virtual router's role changed: awaited, ended at their timeout, never for a role that is over. */

import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { Counter } from "../logging/counter.ts";
import type { Log } from "../logging/log.ts";
import { messageOf } from "../logging/messageOf.ts";
import type { NodeState, VirtualRouterState } from "../virtualRouter/nodeState.ts";
import type { PendingDownHooks } from "./pendingDownHooks.ts";
import { runProgram } from "./program.ts";
import type { Resource } from "./reconciler.ts";
import { Reconciler } from "./reconciler.ts";

/** So much of what a hook writes is in the log. */
const MAX_LOGGED = 4_096;
const MICROS_PER_MS = 1_000;
/** The way of the public addresses is waited for so long: then the hook runs without them. */
const ARRIVAL_MS = 30_000;
/** Of a virtual router's claims, in the order they are acquired. */
const HOOK = 1;

/** Resolves once the public addresses of a virtual router lead here. */
export type Arrival = (virtualRouter: string, signal: AbortSignal) => Promise<void>;

type HookName = "prepare" | "up" | "down";

/** One virtual router's hooks. */
interface Followed {
  /** The latest: a hook that runs from now on is the one written there. */
  config: VirtualRouterConfig;
  readonly reconciler: Reconciler;
  readonly failures: Counter;
}

export class Hooks {
  readonly #log: Log;
  readonly #followed = new Map<string, Followed>();
  /** The virtual routers that are there, by name. */
  #present: ReadonlySet<string> = new Set();
  readonly #owed: PendingDownHooks;
  readonly #arrival: Arrival;

  /**
   * @param owed what an earlier life left undone.
   * @param arrival what `up` waits for.
   */
  constructor(log: Log, owed: PendingDownHooks, arrival: Arrival = () => Promise.resolve()) {
    this.#log = log;
    this.#owed = owed;
    this.#arrival = arrival;
  }

  /** Brings the hooks in step with the roles. */
  follow(nodeState: NodeState): void {
    for (const router of nodeState.virtualRouters) this.#followOne(router);
    this.#present = new Set(nodeState.virtualRouters.map(({ config }) => config.name));
    for (const name of this.#followed.keys()) if (!this.#present.has(name)) void this.#dismiss(name);
  }

  /** Runs what has to come before the addresses. Resolves when it has ended, well or not. */
  async prepare(config: VirtualRouterConfig): Promise<void> {
    const { hooks, name } = config;
    if (hooks.prepare === undefined) return;
    const signal = AbortSignal.timeout(hooks.prepareTimeout / MICROS_PER_MS);
    try {
      await this.#run("prepare", hooks.prepare, config, signal);
    } catch (error) {
      this.#fail(name, "prepare", error);
    }
  }

  status(): HookStatus[] {
    return [...this.#followed].map(([virtualRouter, { reconciler, failures }]) => ({
      virtualRouter,
      holding: reconciler.holdings[HOOK] ?? "released",
      failures: failures.counts(),
    }));
  }

  /** Resolves when every hook that had to run has ended. */
  async settled(): Promise<void> {
    await Promise.all(Array.from(this.#followed.values(), ({ reconciler }) => reconciler.settled()));
  }

  #followOne({ config, role }: VirtualRouterState): void {
    const { name, hooks } = config;
    const known = this.#followed.get(name);
    if (known === undefined && hooks.up === undefined && hooks.down === undefined) return;
    const followed = known ?? this.#adopt(config);
    followed.config = config;
    // While it resigns or resumes the addresses still answer here: nothing has changed yet.
    if (role === "master") followed.reconciler.want("held");
    if (role === "backup" || role === "initialize") followed.reconciler.want("released");
  }

  #adopt(config: VirtualRouterConfig): Followed {
    const { name } = config;
    const listener = (claim: string, call: "acquire" | "release", durationMs: number, error?: string): void => {
      if (claim !== "hook") return;
      const hook = call === "acquire" ? "up" : "down";
      if (error === undefined) this.#log.debug({ virtualRouter: name, hook, durationMs }, "hook done");
      else this.#fail(name, hook, error);
      if (hook === "down") this.#owed.note(name, false);
    };
    const claims = [this.#arrivalOf(name), this.#claim(() => followed.config)];
    const reconciler = new Reconciler(claims, listener, this.#owed.has(name) ? "unknown" : "released");
    const followed: Followed = { config, failures: new Counter(), reconciler };
    this.#followed.set(name, followed);
    return followed;
  }

  /** Runs the last hook of a virtual router that is no longer there, then forgets it, unless it is there again. */
  async #dismiss(name: string): Promise<void> {
    const reconciler = this.#followed.get(name)?.reconciler;
    reconciler?.want("released");
    await reconciler?.settled();
    if (!this.#present.has(name)) this.#followed.delete(name);
  }

  /** The last that `up` waits for. Their claim is another's, so there is nothing to release. */
  #arrivalOf(virtualRouter: string): Resource {
    return {
      name: "public addresses",
      deadlineMs: ARRIVAL_MS,
      acquire: (signal) => this.#arrival(virtualRouter, signal),
      release: () => Promise.resolve(),
      retryAfterMs: () => undefined,
    };
  }

  #claim(config: () => VirtualRouterConfig): Resource {
    const run = async (hook: "up" | "down", signal: AbortSignal): Promise<void> => {
      const command = config().hooks[hook];
      if (hook === "up") this.#owed.note(config().name, true);
      if (command !== undefined) await this.#run(hook, command, config(), signal);
    };
    return {
      name: "hook",
      get deadlineMs() {
        return config().hooks.timeout / MICROS_PER_MS;
      },
      acquire: (signal) => run("up", signal),
      release: (signal) => run("down", signal),
      // A program that failed has run: whether it is to be tried again only its author could know.
      retryAfterMs: () => undefined,
    };
  }

  async #run(
    hook: HookName,
    command: readonly string[],
    config: VirtualRouterConfig,
    signal: AbortSignal,
  ): Promise<void> {
    const { name: virtualRouter } = config;
    this.#log.info({ virtualRouter, hook, command: command[0] ?? "" }, "hook runs");
    const { result, gone } = runProgram(command, signal, environmentOf(hook, config));
    const { end, output } = await result;
    await gone;
    if (output !== "") this.#log.info({ virtualRouter, hook, output: output.slice(0, MAX_LOGGED) }, "hook says");
    if (end.kind === "exited" && end.status === 0) return;
    throw new Error(wordsFor(end, signal));
  }

  #fail(virtualRouter: string, hook: HookName, error: unknown): void {
    const words = messageOf(error);
    this.#followed.get(virtualRouter)?.failures.count(hook);
    this.#log.error({ virtualRouter, hook, error: words }, "hook failed");
  }
}

/** What a hook is told, in its environment; docs/agent.md names each. */
function environmentOf(hook: HookName, config: VirtualRouterConfig): Record<string, string> {
  const { name, protocol, virtualRouterId, addresses, sourceAddress } = config;
  return {
    VIPF_HOOK: hook,
    VIPF_VIRTUAL_ROUTER: name,
    VIPF_PROTOCOL: protocol,
    VIPF_VIRTUAL_ROUTER_ID: String(virtualRouterId),
    VIPF_ADDRESSES: addresses.map(({ address }) => address).join(" "),
    VIPF_SOURCE_ADDRESS: sourceAddress,
  };
}

function wordsFor(end: Awaited<ReturnType<typeof runProgram>["result"]>["end"], signal: AbortSignal): string {
  switch (end.kind) {
    case "exited":
      return `ended with exit code ${end.status}`;
    case "killed":
      return `was ended by ${end.signal}`;
    case "timed-out":
      return signal.reason instanceof Error ? signal.reason.message : "was ended at its timeout";
    case "not-started":
      return `could not be started: ${end.why}`;
  }
}

/** The hooks of one virtual router. */
export interface HookStatus {
  readonly virtualRouter: string;
  /** What ran last, and ended well: `up` is held, `down` released. */
  readonly holding: "held" | "released" | "unknown";
  /** By hook, how often one failed since the agent started. */
  readonly failures: Readonly<Record<string, number>>;
}

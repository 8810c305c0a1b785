/** A simulation of the hypervisor, for tests of the cloud: machines on paper that boot, stop and fail as told. */
import type { CommandResult, Hypervisor, RegionPlan, ServerPlan, ServerState } from "../../lab/host/region.ts";

interface Machine {
  plan: ServerPlan;
  state: ServerState["kind"];
}

export class PaperHypervisor implements Hypervisor {
  /** The newest plan it was given. */
  plan: RegionPlan | undefined;
  /** How often it was told to converge. */
  convergences = 0;
  /** The reboots it was asked for: how, and which server. */
  readonly reboots: string[] = [];
  /** What the next machine to boot does instead: fail with this reason. */
  bootFailure: string | undefined;
  /** What the next convergence rejects with. */
  convergenceFailure: Error | undefined;
  /** While set, convergences wait. */
  private held: { readonly until: Promise<void>; readonly release: () => void } | undefined;
  private readonly machines = new Map<string, Machine>();
  /** Machines that lost power since the newest plan was given: that plan is too old to start them. */
  private readonly cutSincePlan = new Set<string>();
  private listener: (serverId: string, state: ServerState) => void = () => undefined;

  onServerState(listener: (serverId: string, state: ServerState) => void): void {
    this.listener = listener;
  }

  /** Makes convergences wait until `release`. */
  hold(): void {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.held = { until, release };
  }

  release(): void {
    this.held?.release();
    this.held = undefined;
  }

  async converge(plan: RegionPlan): Promise<void> {
    this.plan = plan;
    this.convergences += 1;
    this.cutSincePlan.clear();
    await (this.held?.until ?? tick());
    const failure = this.convergenceFailure;
    this.convergenceFailure = undefined;
    if (failure !== undefined) throw failure;
    for (const id of this.machines.keys()) {
      if (!plan.servers.some((server) => server.id === id)) this.machines.delete(id);
    }
    await Promise.all(plan.servers.map((server) => this.follow(server)));
  }

  async powerCut(serverId: string): Promise<void> {
    await tick();
    this.cutSincePlan.add(serverId);
    this.become(serverId, { kind: "shutoff" });
  }

  async reboot(serverId: string, how: "hard" | "soft"): Promise<void> {
    this.reboots.push(`${how} ${serverId}`);
    await this.boot(serverId);
  }

  setPortCondition(): Promise<void> {
    return Promise.reject(new Error("a machine on paper has no cables"));
  }

  run(): Promise<CommandResult> {
    return Promise.reject(new Error("a machine on paper runs no commands"));
  }

  consoleLog(serverId: string): Promise<string> {
    const name = this.machines.get(serverId)?.plan.name ?? "nobody";
    return Promise.resolve(`booting ${name}\nready\n${name} login:\n`);
  }

  close(): Promise<void> {
    this.machines.clear();
    return Promise.resolve();
  }

  /** How a machine is, or undefined when there is none. */
  machineState(serverId: string): ServerState["kind"] | undefined {
    return this.machines.get(serverId)?.state;
  }

  private async follow(plan: ServerPlan): Promise<void> {
    const there = this.machines.get(plan.id);
    const wiped = there !== undefined && there.plan.generation !== plan.generation;
    this.machines.set(plan.id, { plan, state: there?.state ?? "shutoff" });
    if (this.cutSincePlan.has(plan.id)) return;
    const state = this.machineState(plan.id);
    if (plan.power === "on" && (wiped || state !== "active")) await this.boot(plan.id);
    if (plan.power === "off" && state === "active") this.become(plan.id, { kind: "shutoff" });
  }

  private async boot(serverId: string): Promise<void> {
    this.become(serverId, { kind: "building" });
    await tick();
    const reason = this.bootFailure;
    this.bootFailure = undefined;
    this.become(serverId, reason === undefined ? { kind: "active" } : { kind: "error", reason });
  }

  private become(serverId: string, state: ServerState): void {
    const machine = this.machines.get(serverId);
    if (machine === undefined) return;
    machine.state = state.kind;
    this.listener(serverId, state);
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

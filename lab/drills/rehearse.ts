/** Rehearses one drill: settles, keeps calling the VIP, injects the fault on the master, watches, takes it back. */
import { exitWhenWritten } from "../../toolchain/output.ts";
import { UserError } from "../../toolchain/userError.ts";
import type { LabControl } from "../control/api.ts";
import { readVirtualRouter, type VirtualRouterStatus } from "./agentStatus.ts";
import { type Answer, type Observation, observe } from "./answers.ts";
import type { Probe, ProbeClient } from "./client.ts";
import { nowMs, waitFor } from "./clock.ts";
import type { Drill } from "./drill.ts";

/** The VIP under test: its public address and the servers that may hold it, by node name. */
export interface Subject {
  readonly vip: string;
  readonly address: string;
  /** What the client calls. */
  readonly publicAddress: string;
  readonly port: number;
  /** The node that is master while all are well. */
  readonly masterToBe: string;
  /** Server id by node name. */
  readonly servers: ReadonlyMap<string, string>;
}

/** What a drill showed. `from` and `to` are node names; times in milliseconds. */
export interface DrillResult extends Observation {
  readonly drill: string;
  readonly vip: string;
  readonly from: string;
  /** The new master's own reason for taking over. */
  readonly reason: string;
  /** Longest gap the client saw while the fault was taken back and the address returned. */
  readonly failbackGapMs: number;
  /** True when the old master's agent was seen to hold the address after the new one had answered, and was not rid of it in time. */
  readonly staleHolder: boolean;
  readonly answers: readonly Answer[];
  readonly window: { readonly fromMs: number; readonly untilMs: number; readonly injectedMs: number };
}

const SETTLE_DEADLINE_MS = 90_000;
const TAKEOVER_DEADLINE_MS = 20_000;
/** How long the client calls before the fault, and how much longer at random: the fault must not favour a phase of the advertisements. */
const BEFOREHAND_MS = 1_000;
const PHASE_MS = 1_000;
/** How long the client goes on after the takeover, so that a second gap would be seen. */
const AFTERWARDS_MS = 1_000;
const STALE_DEADLINE_MS = 1_500;
/** What a shell reports of a program that SIGINT ended. */
const INTERRUPTED = 130;

/** Waits until the master-to-be is master and all others are backup. */
export async function settle(lab: LabControl, subject: Subject): Promise<void> {
  let seen = "";
  const settled = async (): Promise<true | undefined> => {
    const roles = await Promise.all(
      [...subject.servers].map(async ([node, id]) => ({
        node,
        role: (await readVirtualRouter(lab, id, subject.vip))?.role ?? "silent",
      })),
    );
    seen = roles.map(({ node, role }) => `${node} is ${role}`).join(", ");
    const asPlanned = roles.every(({ node, role }) => role === (node === subject.masterToBe ? "master" : "backup"));
    return asPlanned ? true : undefined;
  };
  await waitFor(settled, SETTLE_DEADLINE_MS, 250, () => {
    const late = `VIP "${subject.vip}" has not settled on ${subject.masterToBe} within ${SETTLE_DEADLINE_MS / 1000} s`;
    return new UserError(`${late}: ${seen}`, "see the agents' logs: journalctl -u failover-agent on the servers");
  });
}

/** True when the server's interface carries the address; false also when the server is off. */
export async function holdsAddress(lab: LabControl, server: string, address: string): Promise<boolean> {
  try {
    const { stdout } = await lab.run(server, ["ip", "-4", "-o", "address", "show"]);
    return stdout.includes(` ${address}/`);
  } catch {
    // No console: the server is off and answers for nothing.
    return false;
  }
}

/** Runs one drill on the master of the subject and takes its fault back, whatever else goes wrong. */
export async function rehearse(
  lab: LabControl,
  client: ProbeClient,
  subject: Subject,
  drill: Drill,
): Promise<DrillResult> {
  await settle(lab, subject);
  const from = subject.masterToBe;
  const victim = serverOf(subject, from);
  const probe = client.probe(subject.publicAddress, subject.port);
  try {
    const reached = await probe.waitForAnswer(({ by }) => by === from, TAKEOVER_DEADLINE_MS);
    if (reached === undefined) throw unreachable(subject);
    await probe.waitUntil(reached.sentMs + BEFOREHAND_MS + Math.random() * PHASE_MS);
    const injectedMs = nowMs();
    const restore = (): Promise<void> => drill.restore(lab, victim);
    const settleInterrupts = restoreWhenInterrupted(restore);
    const seen = await watchFault(lab, probe, subject, drill, injectedMs).finally(restore).finally(settleInterrupts);
    await settle(lab, subject);
    await probe.waitUntil(nowMs() + AFTERWARDS_MS);
    const answers = await probe.stop();
    return {
      drill: drill.name,
      vip: subject.vip,
      from,
      ...observe(answers, injectedMs, seen.untilMs, from),
      reason: seen.reason,
      failbackGapMs: observe(answers, seen.untilMs, nowMs(), from).gapMs,
      staleHolder: seen.staleHolder,
      answers,
      window: { fromMs: injectedMs - 1_000, untilMs: seen.untilMs, injectedMs },
    };
  } finally {
    await probe.stop();
  }
}

/** Takes the fault back also when somebody loses patience: Ctrl-C leaves no server without power. Returns its undoing. */
function restoreWhenInterrupted(restore: () => Promise<void>): () => void {
  const interrupted = (): void => {
    void restore().finally(() => exitWhenWritten(INTERRUPTED));
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  return () => {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  };
}

/** Injects the fault, waits for another node's answer, and looks at both nodes. */
async function watchFault(
  lab: LabControl,
  probe: Probe,
  subject: Subject,
  drill: Drill,
  injectedMs: number,
): Promise<Pick<DrillResult, "reason" | "staleHolder"> & { readonly untilMs: number }> {
  const from = subject.masterToBe;
  const victim = serverOf(subject, from);
  await drill.inject(lab, victim);
  const takeover = await probe.waitForAnswer(
    ({ by, sentMs }) => by !== undefined && by !== from && sentMs >= injectedMs,
    TAKEOVER_DEADLINE_MS,
  );
  const staleHolder = takeover !== undefined && (await keepsAddress(lab, victim, subject.address));
  await probe.waitUntil((takeover?.answeredMs ?? nowMs()) + AFTERWARDS_MS);
  return { reason: await reasonOf(lab, subject, takeover?.by), staleHolder, untilMs: nowMs() };
}

function unreachable({ vip, publicAddress, port, masterToBe }: Subject): UserError {
  return new UserError(
    `the client gets no answer from ${masterToBe} at ${publicAddress}:${port}, though it is master of VIP "${vip}"`,
    `the VIP's security group must let the client in: vip-failover:services needs { protocol: tcp, port: ${port} }`,
  );
}

function serverOf(subject: Subject, node: string): string {
  const server = subject.servers.get(node);
  if (server === undefined) throw new Error(`no server is known for node "${node}"`);
  return server;
}

async function keepsAddress(lab: LabControl, server: string, address: string): Promise<boolean> {
  const released = async (): Promise<true | undefined> =>
    (await holdsAddress(lab, server, address)) ? undefined : true;
  try {
    await waitFor(released, STALE_DEADLINE_MS, 20, () => new Error("still held"));
    return false;
  } catch {
    return true;
  }
}

async function reasonOf(lab: LabControl, subject: Subject, node: string | undefined): Promise<string> {
  if (node === undefined) return "nobody took over";
  const status: VirtualRouterStatus | undefined = await readVirtualRouter(lab, serverOf(subject, node), subject.vip);
  const became = status?.transitions?.findLast(({ to }) => to === "master") ?? status?.lastTransition;
  return became?.reason ?? "unknown";
}

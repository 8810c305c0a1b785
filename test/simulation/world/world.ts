/** A whole group on one virtual clock: its machines, networks, cloud, and everything that is judged after each step. */

import type { Packet } from "../../../agent/protocol/packet/packet.ts";
import type { Deed } from "../../../agent/simulation/deeds.ts";
import { wire } from "../../../agent/simulation/wiring.ts";
import type { NodeReport } from "../../../agent/virtualRouter/report.ts";
import { AgentHost } from "../hosts/agentHost.ts";
import { ForeignHost } from "../hosts/foreignHost.ts";
import type { WorldView } from "../hosts/worldView.ts";
import { allInvariants } from "../invariants/all.ts";
import type { Invariant } from "../invariants/invariant.ts";
import { Agenda } from "../machine/agenda.ts";
import { Calm } from "../machine/calm.ts";
import { MachineClock } from "../machine/clock.ts";
import type { Group, MemberPlan } from "../machine/group.ts";
import type { Host, RoleChange } from "../machine/host.ts";
import { Past } from "../machine/past.ts";
import { Random } from "../machine/random.ts";
import { type Cause, Server } from "../machine/server.ts";
import type { Step } from "../machine/step.ts";
import type { Trace } from "../machine/trace.ts";
import { Cloud } from "../network/cloud.ts";
import { Lan } from "../network/lan.ts";
import { PeerLinks } from "../network/peerLinks.ts";
import { Reach } from "../network/reach.ts";
import { actInWords, type Plan } from "./acts.ts";
import { carryOut } from "./carryOut.ts";

/** What was found to be wrong. */
export interface Violation {
  readonly number: string;
  readonly atMicros: number;
  readonly words: string;
}

/** How often the world is looked at when nobody does anything, as a part of the bound. */
const LOOKS_PER_BOUND = 8;
/** A call by the model takes 10 s at most, and a process may stand still while the answer waits. */
const LONGEST_CALL_MICROS = 30_000_000;
/** A move that never ends is asked for again after 120 s, and an API that failed for long is left alone for a minute. */
const CLOUD_BOUND_MICROS = 420_000_000;

export class World implements WorldView {
  readonly agenda = new Agenda();
  readonly random: Random;
  readonly group: Group;
  readonly networks: readonly [Reach, Reach];
  readonly lan: Lan;
  readonly peerLinks: PeerLinks;
  readonly cloud: Cloud;
  readonly hosts: readonly Host[];
  readonly agents: readonly AgentHost[];
  readonly past: Past;
  readonly calm = new Calm(this.agenda);
  readonly longestCallMicros = LONGEST_CALL_MICROS;
  readonly cloudBoundMicros: number;
  /** Names of the virtual routers, alike on all. */
  readonly virtualRouters: readonly string[];
  violation: Violation | undefined;
  readonly #invariants: readonly Invariant[] = allInvariants();
  readonly #trace: Trace | undefined;
  #changes: RoleChange[] = [];
  #reload: { readonly host: Host; readonly isEqual: boolean } | undefined;
  #wrongMove: string | undefined;

  constructor(seed: number, group: Group, trace?: Trace) {
    this.random = new Random(seed, "world");
    this.group = group;
    this.#trace = trace;
    this.networks = [new Reach(new Random(seed, "segment")), new Reach(new Random(seed, "public"))];
    this.cloud = new Cloud(this.agenda, new Random(seed, "cloud"));
    this.peerLinks = new PeerLinks(this.agenda, new Random(seed, "peers"), this.networks);
    const links = wire(group.members.map(({ config }) => config));
    this.hosts = group.members.map((plan, index) => this.#hostFor(plan, links[index] ?? []));
    this.agents = this.hosts.filter((host) => host instanceof AgentHost);
    this.past = new Past(this.agenda, this.hosts, group.intervalMicros);
    const servers = this.hosts.map(({ server }) => server);
    this.lan = new Lan(this.agenda, this.networks[0], servers);
    this.virtualRouters = group.members[0]?.config.virtualRouters.map(({ name }) => name) ?? [];
    this.cloudBoundMicros = CLOUD_BOUND_MICROS + group.boundMicros;
  }

  /** Until the plan is over, or something is wrong. */
  run({ acts, endMicros }: Plan): void {
    for (const host of this.hosts) {
      this.agenda.at(this.random.below(2_000_000), () => {
        host.boot();
      });
    }
    for (const act of acts) {
      this.agenda.at(act.atMicros, () => {
        this.#trace?.say("node" in act ? act.node : "", `* ${actInWords(act)}`, this.agenda.nowMicros);
        carryOut(act, this);
        this.peerLinks.look();
      });
    }
    this.#lookAgain();
    try {
      this.agenda.runUntil(endMicros, () => this.violation === undefined);
    } catch (error) {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.violate(words.startsWith("Error: L2") ? "L2" : "crash", words);
    }
  }

  hostOf(name: string): Host {
    const host = this.hosts.find((other) => other.name === name);
    if (host === undefined) throw new RangeError(`${name} is no member of this group`);
    return host;
  }

  isAgent(host: Host): host is AgentHost {
    return host instanceof AgentHost;
  }

  addressesOf(virtualRouter: string): readonly string[] {
    const routers = this.group.members[0]?.config.virtualRouters ?? [];
    return routers.find(({ name }) => name === virtualRouter)?.addresses.map(({ address }) => address) ?? [];
  }

  /** The members by which of them hear each other; none while some hear others one way, or by turns. */
  parts(): readonly (readonly Host[])[] {
    const { reach } = this.lan;
    if (!reach.isFair) return [];
    const there = this.hosts.filter(({ server }) => server.power === "on" && server.answers);
    if (reach.isWhole) return [there];
    const partOf = (host: Host): Host[] =>
      there.filter((other) => host === other || reach.passes(host.name, other.name));
    const parts = there.map(partOf);
    const areApart = there.every((host, index) =>
      (parts[index] ?? []).every((other) => {
        const theirs = parts[there.indexOf(other)] ?? [];
        return theirs.length === parts[index]?.length && theirs.includes(host);
      }),
    );
    return areApart ? parts.filter((part, index) => part[0] === there[index]) : [];
  }

  later(micros: number, work: () => void): void {
    this.agenda.in(micros, () => {
      work();
      this.peerLinks.look();
    });
  }

  violate(number: string, words: string): void {
    this.violation ??= { number, atMicros: this.agenda.nowMicros, words };
    this.#trace?.say("", `! ${number}: ${words}`, this.agenda.nowMicros);
  }

  noteReport(host: Host, report: NodeReport): void {
    if (report.kind === "transition") this.noteRole(host, report);
    else if (report.kind === "log") this.#trace?.say(host.name, report.message, this.agenda.nowMicros);
  }

  noteRole(host: Host, { virtualRouter, from, to, reason }: RoleChange): void {
    const change = { virtualRouter, from, to, reason };
    this.#changes.push(change);
    this.past.noteRole(host, change);
    const name = this.virtualRouters.length > 1 ? `${virtualRouter} ` : "";
    this.#trace?.say(host.name, `${name}${from} > ${to} (${reason})`, this.agenda.nowMicros);
  }

  noteEnd(host: Host): void {
    this.past.noteEnd(host);
    this.#trace?.say(host.name, "ended", this.agenda.nowMicros);
  }

  noteMove(host: Host, isSecond: boolean): void {
    this.#trace?.say(host.name, "asks the cloud for the address", this.agenda.nowMicros);
    // The word of a lost role takes its time from one thread to the other.
    const isLate = !this.past.wasMasterWithin(host, 5_000);
    if (isLate) this.#wrongMove = `${host.name} asked the cloud for the address and is not master`;
    if (isSecond) this.#wrongMove = `${host.name} asked the cloud twice at once`;
  }

  takeWrongMove(): string | undefined {
    const wrong = this.#wrongMove;
    this.#wrongMove = undefined;
    return wrong;
  }

  /** The next step of a host is a reload. */
  noteReload(host: Host, isEqual: boolean): void {
    this.#reload = { host, isEqual };
  }

  takeReload(host: Host): { readonly isEqual: boolean } | undefined {
    const reload = this.#reload?.host === host ? this.#reload : undefined;
    if (reload !== undefined) this.#reload = undefined;
    return reload;
  }

  #hostFor(plan: MemberPlan, links: ReturnType<typeof wire>[number]): Host {
    const clock = new MachineClock(this.agenda, plan.rate, this.random.below(1_000_000_000));
    const surroundings = {
      agenda: this.agenda,
      random: this.random,
      stepped: (cause: Cause, deeds: readonly Deed[], heard: Packet | undefined) => {
        this.#stepped(host, cause, deeds, heard);
      },
    };
    const plain = links.map(({ link }) => link);
    const server = new Server(plan.name, plain, clock, surroundings);
    const host: Host = plan.runs === "agent" ? new AgentHost(plan, server, this) : new ForeignHost(plan, server, this);
    return host;
  }

  #stepped(host: Host, cause: Cause, deeds: readonly Deed[], heard: Packet | undefined): void {
    const { server } = host;
    for (const deed of deeds) {
      if (deed.kind === "send") this.lan.send(server, deed);
      else if (deed.kind === "announce") this.lan.announce(server, deed);
      this.#trace?.deed(host.name, deed, this.agenda.nowMicros);
    }
    const changes = this.#changes;
    if (changes.length > 0) this.#changes = [];
    const step: Step = { atMicros: this.agenda.nowMicros, host, cause, deeds, changes, heard };
    this.past.noteStep(step);
    for (const invariant of this.#invariants) {
      const wrong = invariant.after(step, this);
      if (wrong !== undefined) this.violate(invariant.number, wrong);
    }
    host.afterStep();
  }

  #lookAgain(): void {
    this.agenda.in(Math.floor(this.group.boundMicros / LOOKS_PER_BOUND), () => {
      for (const invariant of this.#invariants) {
        const wrong = invariant.meanwhile?.(this);
        if (wrong !== undefined) this.violate(invariant.number, wrong);
      }
      this.#lookAgain();
    });
  }
}

/** Drives the agent's claim on the public address as publicAddress/routeDriver.ts does: one call at a time, on the virtual clock. */

import type { GroupView } from "../../../agent/publicAddress/groupView.ts";
import { createPublicAddress, deadlineOf, stepPublicAddress } from "../../../agent/publicAddress/routeController.ts";
import {
  type PublicAddressEvent,
  type PublicAddressOutput,
  type PublicAddressRules,
  type PublicAddressState,
} from "../../../agent/publicAddress/routeState.ts";
import type { Agenda } from "../machine/agenda.ts";
import type { Random } from "../machine/random.ts";
import type { Server } from "../machine/server.ts";
import type { ApiCall, Cloud } from "../network/cloud.ts";

/** What it needs of its node. */
export interface ClaimSurroundings {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly cloud: Cloud;
  readonly server: Server;
  /** Hears that it asks for the address, and whether a call is under way already. */
  readonly moves: (isSecond: boolean) => void;
  /** Hears that the API was lost, or came back. */
  readonly witnessChanged: () => void;
}

export class PublicClaim {
  readonly #surroundings: ClaimSurroundings;
  #state: PublicAddressState;
  #isMaster = false;
  #call: ApiCall | undefined;
  #callNumber = 0;
  #isCalling = false;
  #calledMicros = 0;
  #isStopped = false;
  #armed = 0;

  constructor(rules: PublicAddressRules, group: GroupView, surroundings: ClaimSurroundings) {
    this.#surroundings = surroundings;
    this.#state = createPublicAddress(rules, group, surroundings.server.clock.micros);
    this.#arm();
  }

  get state(): PublicAddressState {
    return this.#state;
  }

  /** For how long the call under way has been made; 0: there is none. */
  get callForMicros(): number {
    return this.#isCalling ? this.#surroundings.server.clock.micros - this.#calledMicros : 0;
  }

  setMastership(isMaster: boolean): void {
    if (isMaster === this.#isMaster) return;
    this.#isMaster = isMaster;
    this.#take({ kind: isMaster ? "mastership" : "no-mastership" });
  }

  setGroup(group: GroupView): void {
    if (JSON.stringify(group) !== JSON.stringify(this.#state.group)) this.#take({ kind: "group", group });
  }

  stop(): void {
    this.#isStopped = true;
    this.#call?.abort();
  }

  #take(event: PublicAddressEvent): void {
    if (this.#isStopped) return;
    const { state, outputs } = stepPublicAddress(this.#state, event, this.#surroundings.server.clock.micros);
    this.#state = state;
    for (const output of outputs) this.#do(output);
    this.#arm();
  }

  #do(output: PublicAddressOutput): void {
    switch (output.kind) {
      case "read":
      case "move":
        this.#make(output.kind);
        return;
      case "abort":
        this.#call?.abort();
        return;
      case "witness":
        this.#surroundings.witnessChanged();
        return;
      case "entered":
      case "trouble":
      case "recovered":
        return;
    }
  }

  #make(kind: "read" | "move"): void {
    const { cloud, server, random, moves } = this.#surroundings;
    const number = ++this.#callNumber;
    if (kind === "move") moves(this.#isCalling);
    this.#isCalling = true;
    this.#calledMicros = server.clock.micros;
    const take: Parameters<Cloud["read"]>[0] = (answer) => {
      // In the process's own time: one that stands still hears the answer when it goes on.
      server.tell(() => {
        if (number !== this.#callNumber) return;
        this.#isCalling = false;
        if (answer.ok) this.#take({ kind: "answered", route: answer.route });
        else this.#take({ kind: "failed", failure: answer.failure, chance: random.unit() });
      });
    };
    this.#call = kind === "read" ? cloud.read(take) : cloud.move(this.#state.rules.self, take);
  }

  #arm(): void {
    const deadline = deadlineOf(this.#state);
    if (deadline === undefined || this.#isStopped) return;
    const { agenda, server } = this.#surroundings;
    const number = ++this.#armed;
    agenda.at(Math.min(server.clock.whenMicros(deadline), Number.MAX_SAFE_INTEGER), () => {
      if (number !== this.#armed || this.#isStopped) return;
      server.tell(() => {
        this.#take({ kind: "tick" });
      });
    });
  }
}

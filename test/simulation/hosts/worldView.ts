/** The world as its judges see it, and those that do something to it. */
import type { Calm } from "../machine/calm.ts";
import type { Group } from "../machine/group.ts";
import type { Host } from "../machine/host.ts";
import type { Past } from "../machine/past.ts";
import type { Lan } from "../network/lan.ts";
import type { Reach } from "../network/reach.ts";
import type { AgentHost } from "./agentHost.ts";
import type { Surroundings } from "./surroundings.ts";

export interface WorldView extends Surroundings {
  readonly group: Group;
  readonly calm: Calm;
  readonly lan: Lan;
  /** The group's segment, and the network of its second paths. */
  readonly networks: readonly [Reach, Reach];
  readonly hosts: readonly Host[];
  readonly agents: readonly AgentHost[];
  readonly past: Past;
  /** Names of the virtual routers, the same on all hosts. */
  readonly virtualRouters: readonly string[];
  readonly longestCallMicros: number;
  readonly cloudBoundMicros: number;
  hostOf(name: string): Host;
  isAgent(host: Host): host is AgentHost;
  /** With their prefix lengths. */
  addressesOf(virtualRouter: string): readonly string[];
  /** The hosts by which of them hear each other; none while some hear others one way, or by turns. */
  parts(): readonly (readonly Host[])[];
  later(micros: number, work: () => void): void;
  /** Something does not hold. */
  violate(number: string, words: string): void;
  /** The next step of a host is a reload. */
  noteReload(host: Host, isEqual: boolean): void;
  takeReload(host: Host): { readonly isEqual: boolean } | undefined;
  takeWrongMove(): string | undefined;
}

/** What a node knows of the others that may have a public address: the view it decides by. */

/** Another node that may have the address. */
export interface Member {
  readonly node: string;
  /** Its machine, as the API knows it; undefined: it has not said yet. */
  readonly instance: string | undefined;
  /** Whether it is heard over the peer link, and its protocols live. */
  readonly reachable: boolean;
  /** Whether it says that it is master of the address's virtual router. */
  readonly isMaster: boolean;
  /** As against `GroupView.preference`; the higher the better. */
  readonly preference: number;
  readonly inMaintenance: boolean;
}

/** The virtual router's members as the peer link knows them; nobody, where there is none. */
export interface GroupView {
  /** Of this node. */
  readonly preference: number;
  readonly members: readonly Member[];
}

/** A node that knows nobody. */
export const ALONE: GroupView = { preference: 0, members: [] };

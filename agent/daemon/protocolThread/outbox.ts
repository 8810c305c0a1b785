/**
 * What the protocol's thread has to say to the main one, collected for a turn of its loop: of several standings the
 * latest counts, and of that only what is other than before crosses, as a copy of 255 virtual routers takes longer than
 * their election.
 */

import type { NodeState, VirtualRouterState } from "../../virtualRouter/nodeState.ts";
import type { NodeReport } from "../../virtualRouter/report.ts";

/** A standing by what is new in it; a number is the virtual router in that place of the one before, unchanged. */
export interface NodeStateDifference {
  readonly node: string;
  readonly virtualRouters: readonly (VirtualRouterState | number)[];
}

/** A report as it crosses. */
export type CarriedReport =
  | Exclude<NodeReport, { readonly kind: "standing" }>
  | { readonly kind: "standing"; readonly difference: NodeStateDifference };

/** So many reports do not wait for the turn to end. */
const MOST_KEPT = 64;

export class Outbox {
  readonly #post: (reports: readonly CarriedReport[]) => void;
  #reports: Exclude<NodeReport, { readonly kind: "standing" }>[] = [];
  #nodeState: NodeState | undefined;
  #posted: NodeState | undefined;

  /** @param post takes the reports across. */
  constructor(post: (reports: readonly CarriedReport[]) => void) {
    this.#post = post;
  }

  add(report: NodeReport): void {
    if (report.kind === "standing") this.#nodeState = report.nodeState;
    else this.#reports.push(report);
    if (this.#reports.length >= MOST_KEPT) this.empty();
  }

  /** Posts everything that is in it, the standing last. */
  empty(): void {
    const reports: CarriedReport[] = this.#reports;
    if (this.#nodeState !== undefined && this.#nodeState !== this.#posted) {
      reports.push({ kind: "standing", difference: differenceOf(this.#posted, this.#nodeState) });
      this.#posted = this.#nodeState;
    }
    this.#reports = [];
    this.#nodeState = undefined;
    if (reports.length > 0) this.#post(reports);
  }
}

/** What leads from one standing to another; virtual routers that are the same are the same object. */
export function differenceOf(before: NodeState | undefined, { node, virtualRouters }: NodeState): NodeStateDifference {
  const places = new Map(before?.virtualRouters.map((router, place) => [router, place]));
  return { node, virtualRouters: virtualRouters.map((router) => places.get(router) ?? router) };
}

/** The standing that a difference leads to. What is unchanged stays the same object. */
export function applied(before: NodeState | undefined, { node, virtualRouters }: NodeStateDifference): NodeState {
  const known = before?.virtualRouters ?? [];
  return {
    node,
    virtualRouters: virtualRouters.flatMap((router) => (typeof router === "number" ? (known[router] ?? []) : router)),
  };
}

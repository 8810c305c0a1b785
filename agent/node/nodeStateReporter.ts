/** Reports what the virtual routers of a node are, when it is news. */

import type { VirtualRouterState } from "../virtualRouter/nodeState.ts";
import type { Report } from "../virtualRouter/report.ts";

/** As little of a virtual router as this needs. */
interface Reported {
  /** The same object as long as nothing about it is news. */
  nodeState(): VirtualRouterState;
}

export class NodeStateReporter<Router extends Reported> {
  readonly #report: Report;
  /** What was reported last. */
  readonly #nodeStates = new Map<Router, VirtualRouterState>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** @param present all that there are now @param concerned those that may be others than before. */
  tell(node: string, present: readonly Router[], concerned: readonly Router[]): void {
    let isNews = false;
    for (const router of concerned) {
      const nodeState = router.nodeState();
      isNews ||= this.#nodeStates.get(router) !== nodeState;
      if (present.includes(router)) this.#nodeStates.set(router, nodeState);
    }
    if (this.#nodeStates.size > present.length) {
      for (const router of this.#nodeStates.keys()) if (!present.includes(router)) this.#nodeStates.delete(router);
      isNews = true;
    }
    if (!isNews) return;
    const virtualRouters = present.flatMap((router) => this.#nodeStates.get(router) ?? []);
    this.#report({ kind: "standing", nodeState: { node, virtualRouters } });
  }
}

/** Reports what the virtual routers of a node are, when it is news. */

import type { VirtualRouterStanding } from "../virtualRouter/nodeState.ts";
import type { Report } from "../virtualRouter/report.ts";

/** As little of a virtual router as this needs. */
interface Standing {
  /** The same object as long as nothing about it is news. */
  standing(): VirtualRouterStanding;
}

export class StandingReporter<Router extends Standing> {
  readonly #report: Report;
  /** What was reported last. */
  readonly #standings = new Map<Router, VirtualRouterStanding>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** @param present all that there are now @param concerned those that may be others than before. */
  tell(node: string, present: readonly Router[], concerned: readonly Router[]): void {
    let isNews = false;
    for (const router of concerned) {
      const standing = router.standing();
      isNews ||= this.#standings.get(router) !== standing;
      if (present.includes(router)) this.#standings.set(router, standing);
    }
    if (this.#standings.size > present.length) {
      for (const router of this.#standings.keys()) if (!present.includes(router)) this.#standings.delete(router);
      isNews = true;
    }
    if (!isNews) return;
    const virtualRouters = present.flatMap((router) => this.#standings.get(router) ?? []);
    this.#report({ kind: "standing", standing: { node, virtualRouters } });
  }
}

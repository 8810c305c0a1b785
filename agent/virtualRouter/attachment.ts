/** How a virtual router is attached to its segment: its interface, whether it can be heard there, and what is in its way. */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { HoldReason, LinkLoss } from "../election/election.ts";
import type { Link } from "../interfaces/kernel.ts";
import { linkOf } from "../interfaces/protocolSockets.ts";
import type { ParticipantEvent } from "../participant/participant.ts";
import type { Obstacle, ObstacleStatus } from "./obstacles.ts";
import type { Report } from "./report.ts";

export class Attachment {
  readonly #report: Report;
  #obstacles: readonly Obstacle[] = [];
  #linkIndex = 0;
  /** As the election knows it. */
  #linkUp = true;

  constructor(report: Report) {
    this.#report = report;
  }

  /** The link it is heard on; 0 while there is none. */
  get linkIndex(): number {
    return this.#linkIndex;
  }

  get linkUp(): boolean {
    return this.#linkUp;
  }

  /** Why it may not become master; undefined: it may. */
  get hold(): HoldReason | undefined {
    return this.#obstacles.find((obstacle) => obstacle.effect === "held-back")?.reason;
  }

  /** Why it can neither send nor be heard; undefined: it can. */
  get #loss(): LinkLoss | undefined {
    return this.#obstacles.find((obstacle) => obstacle.effect === "unreachable")?.reason;
  }

  /** Takes notice of the links, and logs each obstacle that is new. */
  notice(config: VirtualRouterConfig, links: readonly Link[], obstacles: readonly Obstacle[]): void {
    this.#linkIndex = linkOf(config, links)?.index ?? 0;
    const known = this.#obstacles;
    this.#obstacles = obstacles;
    for (const { reason, subject, message } of obstacles) {
      if (known.some((other) => other.reason === reason && other.subject === subject)) continue;
      this.#report({ kind: "log", level: "warn", message, fields: { virtualRouter: config.name, reason } });
    }
  }

  /** What the election has to be told of the link; undefined: nothing changed. */
  change(): ParticipantEvent | undefined {
    const loss = this.#loss;
    if ((loss === undefined) === this.#linkUp) return undefined;
    this.#linkUp = loss === undefined;
    return loss === undefined ? { kind: "link-up" } : { kind: "link-down", reason: loss };
  }

  status(): ObstacleStatus[] {
    return this.#obstacles.map(({ reason, message, effect }) => ({
      reason,
      message,
      blocks: effect === "unreachable" || effect === "held-back",
    }));
  }
}

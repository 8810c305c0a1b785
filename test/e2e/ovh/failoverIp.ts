/** The failover IP of the environment, as OVH's double, the agents and a client have it. */
import assert from "node:assert/strict";
import type { OvhStatus } from "../../../lab/control/cloudWords.ts";
import type { MovedAddress } from "../scene/movedAddress.ts";
import type { NodeName, Scene } from "../scene/scene.ts";
import { FAILOVER_IP, VIP } from "./play.ts";

/** OVH's documented part of requests for one credential. */
const LIMIT_PER_MINUTE = 60;

export class FailoverIp implements MovedAddress {
  readonly vip = VIP;
  readonly address = FAILOVER_IP;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async status(): Promise<OvhStatus["failoverIps"][number]> {
    const { failoverIps } = await this.#scene.world.cloud.ovh();
    return failoverIps.find(({ address }) => address === FAILOVER_IP) ?? assert.fail("there is no such failover IP");
  }

  /** Whether a node has it, as OVH says, with no move under way. */
  async isAt(node: NodeName): Promise<boolean> {
    const { routedTo, reaches, movingTo } = await this.status();
    return routedTo === reaches && movingTo === null && (routedTo ?? "").endsWith(node);
  }

  /** How often a move was asked for since the counts were forgotten, by everybody. */
  async moves(): Promise<number> {
    const { requests } = await this.#scene.world.cloud.ovh();
    return requests
      .flatMap(({ calls }) => Object.entries(calls))
      .filter(([call]) => call.startsWith("POST") && call.includes("attach"))
      .reduce((sum, [, count]) => sum + count, 0);
  }

  /** Whether every credential kept to OVH's limit, and what each did. */
  async assertWithinLimits(): Promise<string> {
    const { requests } = await this.#scene.world.cloud.ovh();
    for (const { credential, source, busiestMinute } of requests)
      assert.ok(
        busiestMinute <= LIMIT_PER_MINUTE,
        `${credential} from ${source}: ${busiestMinute} requests in a minute`,
      );
    return requests
      .map(({ source, total, busiestMinute }) => `${source}: ${total} requests, ${busiestMinute} in the busiest minute`)
      .join("; ");
  }
}

/** The floating IP of the environment, as Neutron has it. */
import assert from "node:assert/strict";
import { z } from "zod";
import { logIn } from "../../../lab/settings/operator.ts";
import type { MovedAddress } from "../scene/movedAddress.ts";
import type { NodeName, Scene } from "../scene/scene.ts";
import { VIP } from "./play.ts";

const list = z.object({
  floatingips: z.array(z.object({ id: z.string(), port_id: z.string().nullable(), updated_at: z.string() })),
});
const ports = z.object({ ports: z.array(z.object({ id: z.string() })) });

export class FloatingIp implements MovedAddress {
  readonly vip = VIP;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get address(): string {
    return this.#scene.vip(VIP).publicAddress ?? assert.fail("the VIP has no public address");
  }

  async isAt(node: NodeName): Promise<boolean> {
    return (await this.state()).port_id === (await this.#portOf(node));
  }

  /** Neutron's own words; `updated_at` changes with every move. */
  async state(): Promise<z.infer<typeof list>["floatingips"][number]> {
    const answer = await this.#call("GET", `network/v2.0/floatingips?floating_ip_address=${this.address}`);
    return list.parse(answer).floatingips[0] ?? assert.fail(`there is no floating IP ${this.address}`);
  }

  /** Leads it to no port, as somebody in the cloud's panel could. */
  async detach(): Promise<void> {
    await this.#call("PUT", `network/v2.0/floatingips/${(await this.state()).id}`, { floatingip: { port_id: null } });
  }

  async #portOf(node: NodeName): Promise<string> {
    const answer = await this.#call("GET", `network/v2.0/ports?device_id=${this.#scene.server(node)}`);
    return ports.parse(answer).ports[0]?.id ?? assert.fail(`${node} has no port`);
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const { settings, password } = this.#scene.world;
    return (await logIn(settings.apiPort, password)).call(method, path, body);
  }
}

/**
 * Keys that the agents of a stack share: for their peer link and for each VIP's advertisements.
 *
 * Each is derived, by its purpose and a number. A node knows the key of the stack's number, the one before and the one
 * after, and signs with the first: a number that is raised by one is understood by nodes that have not seen it yet.
 */
import type { AgentConfigInput } from "../../../agent/config/schema/document.ts";
import type { AgentKeysConfig } from "../../schema/schema.ts";
import { deriveKey } from "../../values/derivedKey.ts";

type PeerLinkKeys = Pick<NonNullable<AgentConfigInput["peerLink"]>, "key" | "keyNumber" | "otherKeys">;
type VrrpDocument = Extract<AgentConfigInput["virtualRouters"][number], { protocol: "vrrp" }>;

export type VrrpAuthentication = NonNullable<VrrpDocument["authentication"]>;

const KEY_BYTES = 32;
/** Ids of VRRP's keys are one octet and none is 0: numbers share them, far enough apart. */
const KEY_IDS = 255;

export class AgentKeys {
  readonly #config: AgentKeysConfig;
  readonly #seed: string;
  readonly #prefix: string;

  /**
   * @param seed of every number before the first that has one of its own. Secret
   * @param prefix project and stack
   */
  constructor(config: AgentKeysConfig, seed: string, prefix: string) {
    this.#config = config;
    this.#seed = seed;
    this.#prefix = prefix;
  }

  /** Whether advertisements without a signature are accepted: only at number 0, a living stack's first step. */
  get #acceptsUnsigned(): boolean {
    return this.#config.number === 0;
  }

  /** What an operator is to do yet. @param vips those that go by the stack's number alone */
  warnings(vips: readonly string[]): readonly string[] {
    if (!this.#acceptsUnsigned || vips.length === 0) return [];
    return [
      `agentKeys.number is 0, so advertisements without a signature are still accepted for: ${vips.join(", ")}. ` +
        "A new stack says 1 before its first `up`; one whose VIPs were unsigned says it after an `up` with 0: " +
        "npm run pulumi -- config set --path agentKeys.number 1",
    ];
  }

  peerLink(): PeerLinkKeys {
    const [active, ...others] = this.#numbers().map((number) => ({
      number,
      key: this.#derive("peer link", [], number),
    }));
    if (active === undefined) throw new RangeError("no number has a key");
    return { key: active.key, ...(active.number === 1 ? {} : { keyNumber: active.number }), otherKeys: others };
  }

  /** By the virtual router's id and not its VIP's name, which may change while nodes that have the old one still speak. */
  vrrp(virtualRouterId: number): VrrpAuthentication {
    const keys = this.#numbers().map((number) => ({
      id: ((number - 1) % KEY_IDS) + 1,
      secret: this.#derive("vrrp", [String(virtualRouterId)], number),
    }));
    const [active] = keys;
    if (active === undefined) throw new RangeError("no number has a key");
    return {
      mode: this.#acceptsUnsigned ? "permissive" : "enforce",
      active: active.id,
      keys: keys.toSorted((a, b) => a.id - b.id),
    };
  }

  /** The current one first. Number 0 has the first key. */
  #numbers(): readonly number[] {
    const current = Math.max(this.#config.number, 1);
    return [current, ...[current - 1, current + 1].filter((number) => number > 0)];
  }

  #derive(purpose: string, owner: readonly string[], number: number): string {
    // The first key is of a time when there were no numbers.
    const numbered = number === 1 ? [] : [String(number)];
    return deriveKey(this.#seedOf(number), purpose, [this.#prefix, ...owner, ...numbered], KEY_BYTES).toString("hex");
  }

  #seedOf(number: number): string {
    const from = Object.keys(this.#config.seeds)
      .map(Number)
      .filter((first) => first <= number);
    return this.#config.seeds[Math.max(...from)] ?? this.#seed;
  }
}

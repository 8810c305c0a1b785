/**
 * What it costs a CARP host that its advertisements do not leave: others cannot see the trouble, so it says so itself
 * as long as anything gets through (OpenBSD ip_carp.c `carp_send_ad`, ucarp `carp_send_ad`). A pure count.
 */
import type { VirtualRouterConfig } from "../config/schema/document.ts";

/** Failures in a row that demote, and successes in a row that end it. */
const LIMIT = 3;
/** OpenBSD adds one to the demotion count; ucarp and FreeBSD say that they are as slow as can be. */
const DEMOTION = { openbsd: 1, ucarp: 240 } as const;

export interface SendTrouble {
  /** Failures in a row; from the third on the host is demoted. */
  readonly failures: number;
  /** Successes in a row since. */
  readonly successes: number;
}

export const NO_TROUBLE: SendTrouble = { failures: 0, successes: 0 };

/** The trouble that one virtual router has. */
export class SendTroubles {
  #trouble = NO_TROUBLE;

  /** What it adds to the demotion now. */
  demotion(config: VirtualRouterConfig): number {
    return demotionFor(this.#trouble, config);
  }

  /** One more advertisement left, or did not. @returns whether the demotion is another than before. */
  note(hasLeft: boolean, config: VirtualRouterConfig): boolean {
    const before = this.demotion(config);
    this.#trouble = afterSending(this.#trouble, hasLeft);
    return this.demotion(config) !== before;
  }
}

/** After one more advertisement. @param hasLeft whether the kernel took it for at least one destination. */
export function afterSending({ failures, successes }: SendTrouble, hasLeft: boolean): SendTrouble {
  if (!hasLeft) return { failures: Math.min(failures + 1, LIMIT), successes: 0 };
  if (failures < LIMIT || successes + 1 >= LIMIT) return NO_TROUBLE;
  return { failures, successes: successes + 1 };
}

/** What it adds to the demotion. VRRP knows nothing of the kind. */
export function demotionFor({ failures }: SendTrouble, config: VirtualRouterConfig): number {
  return config.protocol === "carp" && failures >= LIMIT ? DEMOTION[config.dialect] : 0;
}

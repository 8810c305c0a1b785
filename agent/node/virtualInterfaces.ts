/** The interfaces that carry virtual routers' own MACs (RFC 9568 7.3): made where a configuration wants one, removed where none does. */

import type { VirtualRouterConfig } from "../config/document.ts";
import { virtualRouterMac } from "../protocol/ethernet.ts";
import { familyOf } from "../protocol/ip.ts";
import { linkOf } from "./endpoints.ts";
import { isKernelError, type Kernel, type Link } from "./kernel.ts";
import type { Refusals } from "./refusals.ts";

/** Names that only the agent gives: `vipf4-10` carries virtual router 10 over IPv4. */
const NAME = /^vipf[46]-\d{1,3}$/;

/** The name of a virtual router's interface; undefined when it uses the MAC of the interface it is on. */
export function virtualInterfaceOf(config: VirtualRouterConfig): string | undefined {
  if (config.protocol !== "vrrp" || !config.virtualMac) return undefined;
  return `vipf${familyOf(config.sourceAddress)}-${config.virtualRouterId}`;
}

export class VirtualInterfaces {
  readonly #kernel: Kernel;
  readonly #refusals: Refusals;

  constructor(kernel: Kernel, refusals: Refusals) {
    this.#kernel = kernel;
    this.#refusals = refusals;
  }

  /** Makes what is wanted and removes what is not, of this life or of an earlier one. @returns whether anything changed. */
  reconcile(configs: readonly VirtualRouterConfig[], links: readonly Link[], nowMicros: number): boolean {
    const refused = new Map<string, string>();
    const attempt = (what: string, change: () => void): boolean => {
      try {
        change();
        return true;
      } catch (error) {
        if (!isKernelError(error)) throw error;
        refused.set(what, error.code);
        return false;
      }
    };
    const wanted = new Map(configs.flatMap((config) => wish(config, links)));
    const missing = [...wanted].filter(([name]) => !links.some((link) => link.name === name));
    const spare = links.filter(
      ({ name, virtualOf }) => NAME.test(name) && virtualOf !== undefined && !wanted.has(name),
    );
    const made = missing.filter(([name, { linkIndex, mac }]) =>
      attempt(`make the interface ${name}`, () => this.#kernel.ensureVirtualInterface(linkIndex, name, mac)),
    );
    const removed = spare.filter(({ name }) =>
      attempt(`remove the interface ${name}`, () => {
        this.#kernel.removeVirtualInterface(name);
      }),
    );
    this.#refusals.replace("virtual interfaces", refused, nowMicros);
    return made.length + removed.length > 0;
  }
}

interface Wish {
  readonly linkIndex: number;
  readonly mac: string;
}

function wish(config: VirtualRouterConfig, links: readonly Link[]): [string, Wish][] {
  const name = virtualInterfaceOf(config);
  const link = linkOf(config, links);
  if (name === undefined || link === undefined) return [];
  return [
    [name, { linkIndex: link.index, mac: virtualRouterMac(familyOf(config.sourceAddress), config.virtualRouterId) }],
  ];
}

/** A network on paper: links, addresses and routes as a test says they are. */
import type { NetworkFacts, NetworkSource } from "../../agent/checks/networkMonitor.ts";

export class PaperNetwork implements NetworkSource {
  facts: NetworkFacts = { links: [], defaultRoutes: [] };
  withRoutes = false;
  readonly #listeners: (() => void)[] = [];

  includeRoutes(): void {
    this.withRoutes = true;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** An interface is there, with these addresses; `undefined` for one that is not. */
  link(name: string, running: boolean | undefined, ...addresses: string[]): void {
    const index = Number(name.replace(/\D/g, ""));
    const others = this.facts.links.filter((link) => link.name !== name);
    const known = addresses.map((address) => ({ address, prefixLength: 32, origin: 0 }));
    const link = { index, name, mac: "", running: running === true, addresses: known };
    this.facts = { ...this.facts, links: running === undefined ? others : [...others, link] };
    this.#tell();
  }

  routes(...over: { readonly family: 4 | 6; readonly linkIndex: number }[]): void {
    const defaultRoutes = over.map((each) => ({ ...each, gateway: undefined, preferredSource: undefined, metric: 0 }));
    this.facts = { ...this.facts, defaultRoutes };
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

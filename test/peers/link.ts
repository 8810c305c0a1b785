/** Peer links on the loopback, with all their events kept, and waiting for one of them. */
import { PeerLink } from "../../agent/peers/peerLink.ts";
import type { LogFields, LogLevel, PeerEvents, PeerView, RouterView } from "../../agent/peers/protocol/view.ts";

/** The document's schema refuses loopback addresses, so tests write what it would return by hand. */
export type LinkConfig = ConstructorParameters<typeof PeerLink>[0];

export const KEY = "0123456789abcdef".repeat(4);
export const OTHER_KEY = "fedcba9876543210".repeat(4);
export const DIGEST = "d".repeat(64);
export const HEARTBEAT_MICROS = 50_000;
const PATIENCE_MS = 60_000;

export type Heard =
  | { readonly kind: "suspected"; readonly peer: PeerView }
  | { readonly kind: "lost"; readonly peer: PeerView; readonly why: "closed" | "silent" }
  | { readonly kind: "back"; readonly peer: PeerView }
  | { readonly kind: "left"; readonly peer: PeerView; readonly reason: string }
  | { readonly kind: "changed"; readonly peer: PeerView }
  | { readonly kind: "offered"; readonly peer: PeerView; readonly virtualRouter: string }
  | { readonly kind: "accepted"; readonly peer: PeerView; readonly virtualRouter: string }
  | { readonly kind: "mismatch"; readonly peer: PeerView; readonly what: "config" | "version" }
  | { readonly kind: "log"; readonly level: LogLevel; readonly message: string; readonly fields: LogFields };

/** The loopback address of a node on a network; another one in most processes, so test files can run side by side. */
export function loopback(node: number, network = 0): string {
  return `127.${64 + (process.pid % 64)}.${network}.${node}`;
}

/** What edge-`node` says of its one virtual router. */
export function web(node: number, role: RouterView["role"], preference = 100, digest = DIGEST): RouterView {
  return {
    name: "web",
    protocol: "vrrp",
    virtualRouterId: 10,
    sourceAddress: `10.25.0.${10 + node}`,
    role,
    preference,
    digest,
  };
}

/** The configuration of node `own` of those named edge-1, edge-2 and so on, over so many networks. */
export function linkConfig(
  own: number,
  others: readonly number[],
  change: Partial<LinkConfig> & { networks?: number } = {},
): LinkConfig {
  const { networks = 1, ...rest } = change;
  const addresses = (node: number): string[] =>
    Array.from({ length: networks }, (_, network) => loopback(node, network));
  return {
    listen: addresses(own),
    port: 24_112,
    key: KEY,
    keyNumber: 1,
    otherKeys: [],
    heartbeat: HEARTBEAT_MICROS,
    missed: 3,
    peers: others.map((node) => ({ node: `edge-${node}`, paths: addresses(node) })),
    ...rest,
  };
}

/** Everything a link told. */
export class Ear implements PeerEvents {
  readonly heard: Heard[] = [];
  readonly #waiting = new Set<() => void>();

  /** The first of all so far, or the next to come, that fits. */
  async next<Kind extends Heard["kind"]>(
    kind: Kind,
    fits: (event: Extract<Heard, { kind: Kind }>) => boolean = () => true,
    patienceMs = PATIENCE_MS,
  ): Promise<Extract<Heard, { kind: Kind }>> {
    const find = (): Extract<Heard, { kind: Kind }> | undefined => this.all(kind).find(fits);
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        const seen = this.heard.map((event) => (event.kind === "log" ? event.message : event.kind)).join("\n");
        reject(new Error(`no ${kind} within ${patienceMs} ms; there were:\n${seen}`));
      }, patienceMs);
      this.#waiting.add(look);
      look();
    });
  }

  all<Kind extends Heard["kind"]>(kind: Kind): Extract<Heard, { kind: Kind }>[] {
    return this.heard.filter((event): event is Extract<Heard, { kind: Kind }> => event.kind === kind);
  }

  /** Forgets what was heard so far. */
  clear(): void {
    this.heard.length = 0;
  }

  add(event: Heard): void {
    this.heard.push(event);
    for (const look of this.#waiting) look();
  }

  suspected(peer: PeerView): void {
    this.add({ kind: "suspected", peer });
  }
  lost(peer: PeerView, why: "closed" | "silent"): void {
    this.add({ kind: "lost", peer, why });
  }
  back(peer: PeerView): void {
    this.add({ kind: "back", peer });
  }
  left(peer: PeerView, reason: string): void {
    this.add({ kind: "left", peer, reason });
  }
  changed(peer: PeerView): void {
    this.add({ kind: "changed", peer });
  }
  offered(peer: PeerView, virtualRouter: string): void {
    this.add({ kind: "offered", peer, virtualRouter });
  }
  accepted(peer: PeerView, virtualRouter: string): void {
    this.add({ kind: "accepted", peer, virtualRouter });
  }
  mismatch(peer: PeerView, what: "config" | "version"): void {
    this.add({ kind: "mismatch", peer, what });
  }
  log(level: LogLevel, message: string, fields: LogFields): void {
    this.add({ kind: "log", level, message, fields });
  }
}

/** A link with its ear; the caller stops it. @param clock monotonic microseconds */
export function openLink(
  node: number,
  config: LinkConfig,
  clock?: () => number,
): { readonly link: PeerLink; readonly ear: Ear } {
  const ear = new Ear();
  return { link: new PeerLink(config, `edge-${node}`, ear, clock), ear };
}

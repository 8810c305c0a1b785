/**
 * The segment: a switch that learns where hardware addresses are, and a gateway that believes announcements and keeps
 * what it believes for long. So an announcement that is missing leads the clients' traffic to the wrong machine, or nowhere.
 */
import type { SocketPlace } from "../../../agent/interfaces/kernel.ts";
import { familyOf } from "../../../agent/protocol/packet/ip.ts";
import { MULTICAST_GROUP } from "../../../agent/protocol/packet/transport.ts";
import type { Deed } from "../../../agent/simulation/deeds.ts";
import { packet } from "../../../agent/simulation/segment.ts";
import type { Agenda } from "../machine/agenda.ts";
import type { Server } from "../machine/server.ts";
import type { Reach } from "./reach.ts";

type Sending = Extract<Deed, { readonly kind: "send" }>;
type Announcing = Extract<Deed, { readonly kind: "announce" }>;

/** The name of the gateway among the ends of ways. */
export const GATEWAY = "gateway";
/** What routers keep an address for that nobody announces anew. */
const CACHE_MICROS = 1_200_000_000;

export class Lan {
  readonly reach: Reach;
  readonly #agenda: Agenda;
  readonly #servers: readonly Server[];
  /** The switch: the machine behind whose port a hardware address was seen last. */
  readonly #ports = new Map<string, Server>();
  /** The gateway: which hardware address has a shared address. */
  readonly #cache = new Map<string, { readonly mac: string; readonly sinceMicros: number }>();

  constructor(agenda: Agenda, reach: Reach, servers: readonly Server[]) {
    this.#agenda = agenda;
    this.reach = reach;
    this.#servers = servers;
  }

  /** Carries an advertisement to everybody who listens for it. */
  send(sender: Server, { source, destination, payload }: Sending): void {
    if (!sender.answers) return;
    for (const server of this.#servers) {
      if (server === sender || server.power === "off") continue;
      const place = listenerOf(server, destination);
      if (place === undefined) continue;
      for (const micros of this.reach.waysMicros(sender.name, server.name)) {
        const arriving = packet(source, destination, payload, { linkIndex: place.link.index });
        this.#agenda.in(micros, () => {
          if (server.link.running) server.deliver(arriving);
        });
      }
    }
  }

  /** Carries a gratuitous announcement to the switch and the gateway. */
  announce(sender: Server, { address, mac }: Announcing): void {
    if (!sender.answers) return;
    for (const micros of this.reach.waysMicros(sender.name, GATEWAY)) {
      this.#agenda.in(micros, () => {
        this.#ports.set(mac, sender);
        this.#cache.set(address, { mac, sinceMicros: this.#agenda.nowMicros });
      });
    }
  }

  /** The machine that answers a client of an address now; undefined: nobody does. */
  answererOf(address: string): Server | undefined {
    const known = this.#cache.get(address);
    if (known === undefined || this.#agenda.nowMicros - known.sinceMicros > CACHE_MICROS) return this.#ask(address);
    const server = this.#ports.get(known.mac);
    if (server === undefined || !server.answers || !this.#reaches(server)) return undefined;
    return macsOf(server, address).includes(known.mac) ? server : undefined;
  }

  /** The gateway asks the segment: of several who answer it believes the last. */
  #ask(address: string): Server | undefined {
    const answering = this.#servers.filter(
      (server) => server.answers && this.#reaches(server) && macsOf(server, address).length > 0,
    );
    const server = answering.at(-1);
    const mac = server === undefined ? undefined : macsOf(server, address)[0];
    if (server === undefined || mac === undefined) return undefined;
    this.#ports.set(mac, server);
    this.#cache.set(address, { mac, sinceMicros: this.#agenda.nowMicros });
    return server;
  }

  #reaches({ name }: Server): boolean {
    return this.reach.passes(name, GATEWAY) && this.reach.passes(GATEWAY, name);
  }
}

/** The hardware addresses at which a machine answers for an address. */
function macsOf({ kernel }: Server, address: string): string[] {
  return kernel
    .links()
    .filter(({ addresses }) => addresses.some((held) => held.address === address))
    .map(({ mac }) => mac);
}

function listenerOf({ kernel }: Server, destination: string): SocketPlace | undefined {
  for (const socket of kernel.sockets) {
    if ((socket.multicast ? MULTICAST_GROUP[familyOf(socket.source)] : socket.source) === destination) return socket;
  }
  return undefined;
}

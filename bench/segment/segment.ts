/** A segment of real hosts on one machine: network namespaces on a bridge, their cables in the caller's hand. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Batch, ip } from "./iproute.ts";
import { Running, signalOne } from "./running.ts";

/** One host. */
export interface Host {
  /** `n1`, `n2` ... and `client`; also the name of its port on the switch. */
  readonly name: string;
  readonly namespace: string;
  /** 1, 2 ... in the order of the names. */
  readonly number: number;
  /** `10.25.0.11`; of the client `10.25.0.99`. */
  readonly ipv4: string;
  readonly linkLocal: string;
  /** The TTL of what it answers, by which a client knows who did. */
  readonly ttl: number;
  /** For its files. */
  readonly directory: string;
}

export interface SegmentOptions {
  /** Namespaces begin with it: `vipf-io` makes `vipf-io-n1` and so on. Another for each segment at a time. */
  readonly prefix: string;
  readonly nodes: number;
}

/** Of what `ip -j addr show` tells. */
interface ShownLink {
  readonly ifname: string;
  readonly proto_down?: boolean;
  readonly addr_info: readonly { readonly local?: string }[];
}

const CLIENT_NUMBER = 89;
const DEVICE = "eth0";
/** STP states of bridge(8). */
const DISABLED = 0;
const FORWARDING = 3;

export class Segment {
  readonly nodes: readonly Host[];
  readonly client: Host;
  readonly directory: string;
  readonly #prefix: string;
  readonly #links: Batch;
  readonly #ports: Batch;
  readonly #running = new Set<Running>();

  /** Makes the hosts and lays their cables; removes first what a run left that was killed. */
  constructor({ prefix, nodes }: SegmentOptions) {
    removeSegment(prefix);
    this.#prefix = prefix;
    this.directory = mkdtempSync(join(tmpdir(), `${prefix}-`));
    ip("netns", "add", this.switchNamespace);
    const bridge = ["forward_delay", "0", "stp_state", "0", "mcast_snooping", "0"];
    ip("-n", this.switchNamespace, "link", "add", "br0", "type", "bridge", ...bridge);
    ip("-n", this.switchNamespace, "link", "set", "br0", "up");
    this.nodes = Array.from({ length: nodes }, (_, index) => this.#host(`n${index + 1}`, index + 1));
    this.client = this.#host("client", CLIENT_NUMBER);
    for (const host of this.#hosts) this.#plugIn(host);
    this.#links = new Batch("ip", this.switchNamespace);
    this.#ports = new Batch("bridge", this.switchNamespace);
  }

  /** Where the bridge is, and what passes it is seen. */
  get switchNamespace(): string {
    return `${this.#prefix}-switch`;
  }

  get #hosts(): readonly Host[] {
    return [...this.nodes, this.client];
  }

  /** A node by its number, 1 for the first. */
  node(number: number): Host {
    const host = this.nodes[number - 1];
    if (host === undefined) throw new Error(`the segment has ${this.nodes.length} nodes and no n${number}`);
    return host;
  }

  /** Ends every process and takes everything away. */
  async close(): Promise<void> {
    await this.endAll();
    await this.#links.close();
    await this.#ports.close();
    removeSegment(this.#prefix);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Kills what runs, but for the spared, and brings hosts and cables back to where they were. */
  async reset(spared: readonly Running[] = []): Promise<void> {
    await Promise.all([...this.#running].filter((one) => !spared.includes(one)).map((running) => running.kill()));
    for (const host of this.nodes) {
      this.plug(host, true);
      this.passFrames(host, true);
      this.clean(host);
    }
  }

  /** Starts a program on a host. */
  start(host: Host, ...argv: readonly string[]): Running {
    return this.startIn(host.namespace, ...argv);
  }

  /** Starts a program in a namespace, that of the switch for one. */
  startIn(namespace: string, ...argv: readonly string[]): Running {
    const running = new Running(namespace, argv);
    this.#running.add(running);
    void running.ended.then(
      () => this.#running.delete(running),
      () => this.#running.delete(running),
    );
    return running;
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.kill()));
  }

  /** Runs a command on a host to its end. */
  run(host: Host, ...argv: readonly string[]): string {
    return execFileSync("ip", ["netns", "exec", host.namespace, ...argv], { encoding: "utf8" });
  }

  /**
   * The addresses of both families on a host's interfaces, without prefix lengths. Those on an interface that a protocol
   * holds down, as FRR does as a backup, are not in use.
   */
  addresses(host: Host): readonly string[] {
    const links = JSON.parse(ip("-n", host.namespace, "-j", "addr", "show")) as readonly ShownLink[];
    return links
      .filter(({ proto_down: isHeldDown }) => isHeldDown !== true)
      .flatMap(({ addr_info: addresses }) => addresses.flatMap(({ local }) => local ?? []));
  }

  /** Plugs a host's cable out, or in again: the host sees its carrier go, the others see nothing. */
  plug(host: Host, isIn: boolean): void {
    this.#links.do(`link set ${host.name} ${isIn ? "up" : "down"}`);
  }

  /** Makes the switch throw away what a host sends and is sent, or pass it again: nobody sees a carrier go. */
  passFrames(host: Host, doesPass: boolean): void {
    this.#ports.do(`link set dev ${host.name} state ${doesPass ? FORWARDING : DISABLED}`);
  }

  /**
   * Has every node know the others' MACs for good, as a router in front of them would: a unicast advertisement to a node
   * that answers no ARP request any more would not leave its sender, and nobody could see that it is master.
   */
  pinNeighbours(): void {
    for (const { namespace } of this.nodes)
      for (const other of this.nodes.filter((one) => one.namespace !== namespace)) {
        const entry = [other.ipv4, "lladdr", macOf(other.number), "dev", DEVICE, "nud", "permanent"];
        ip("-n", namespace, "neigh", "replace", ...entry);
      }
  }

  /** What a reboot does to a host: only its own addresses and its one interface remain. */
  clean(host: Host): void {
    for (const { ifname } of JSON.parse(
      ip("-n", host.namespace, "-j", "link", "show", "type", "macvlan"),
    ) as ShownLink[])
      ip("-n", host.namespace, "link", "del", ifname);
    for (const address of this.addresses(host).filter((one) => !isOwn(host, one))) {
      const family = address.includes(":") ? "-6" : "-4";
      const shown = ip("-n", host.namespace, family, "-o", "addr", "show", "to", address);
      for (const [, device = "", written = ""] of shown.matchAll(/^\d+: (\S+) +inet6? (\S+)/gm))
        ip("-n", host.namespace, "addr", "del", written, "dev", device);
    }
  }

  #host(name: string, number: number): Host {
    const directory = join(this.directory, name);
    mkdirSync(directory);
    return {
      name,
      namespace: `${this.#prefix}-${name}`,
      number,
      ipv4: `10.25.0.${10 + number}`,
      linkLocal: `fe80::ff:fe00:${number.toString(16)}`,
      ttl: 100 + number,
      directory,
    };
  }

  #plugIn({ name, namespace, ipv4, number, ttl }: Host): void {
    ip("netns", "add", namespace);
    const quiet = ["default", "all"].map((place) => `net.ipv6.conf.${place}.accept_dad=0`);
    const settings = [...quiet, `net.ipv4.ip_default_ttl=${ttl}`, "net.ipv4.ping_group_range=0 0"];
    execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", ...settings]);
    const cable = ["type", "veth", "peer", "name", name, "netns", this.switchNamespace];
    ip("link", "add", DEVICE, "netns", namespace, "address", macOf(number), ...cable);
    ip("-n", this.switchNamespace, "link", "set", name, "master", "br0", "up");
    ip("-n", namespace, "link", "set", "lo", "up");
    ip("-n", namespace, "addr", "add", `${ipv4}/24`, "brd", "+", "dev", DEVICE);
    ip("-n", namespace, "addr", "add", `${globalAddressOf(number)}/64`, "dev", DEVICE);
    ip("-n", namespace, "link", "set", DEVICE, "up");
  }
}

function macOf(number: number): string {
  return `02:00:00:00:00:${number.toString(16).padStart(2, "0")}`;
}

function globalAddressOf(number: number): string {
  return `2001:db8:25::${(10 + number).toString(16)}`;
}

function isOwn({ ipv4, linkLocal, number }: Host, address: string): boolean {
  return ["127.0.0.1", "::1", ipv4, linkLocal, globalAddressOf(number)].includes(address);
}

/** Removes the namespaces and the files of a segment, and kills what runs in it. */
export function removeSegment(prefix: string): void {
  const names = Array.from(ip("netns", "list").matchAll(/^\S+/gm), ([name]) => name);
  for (const name of names.filter((one) => one.startsWith(`${prefix}-`))) {
    for (const pid of ip("netns", "pids", name)
      .split("\n")
      .filter((line) => line !== ""))
      signalOne(Number(pid), "SIGKILL");
    ip("netns", "del", name);
  }
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(`${prefix}-`)))
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
}

/** The digests by which configurations are known to mean the same: of one node in time, and of a virtual router on all of its nodes. */
import { createHash, createHmac, scryptSync } from "node:crypto";
import type { AgentConfig, SyncGroupConfig, VirtualRouterConfig } from "./schema/document.ts";

/** Without a key each try at what is in a configuration costs this much work: 16 MiB, and tens of milliseconds. */
const SCRYPT_COST = { N: 2 ** 14, r: 8, p: 1 } as const;
const DIGEST_OCTETS = 32;

/**
 * 256 bits in hex over the configuration as parsed, in canonical form: keys sorted, no space. Two texts that differ in
 * layout, in the order of keys, in defaults written out or in the unit of a duration have the same digest.
 *
 * The digest is in logs, status and metrics, and nobody shall find a password by trying: it is an HMAC-SHA-256 under the
 * document's own `digestKey`. A document without one that holds what could be guessed has scrypt's in place of SHA-256.
 */
export function configDigest(config: AgentConfig): string {
  const known = digests.get(config);
  if (known !== undefined) return known;
  const digest = freshDigest(config);
  digests.set(config, digest);
  return digest;
}

function freshDigest(config: AgentConfig): string {
  const text = canonical(config);
  if (config.digestKey !== undefined) {
    return createHmac("sha256", Buffer.from(config.digestKey, "hex")).update(text).digest("hex");
  }
  if (!isGuessable(config)) return createHash("sha256").update(text).digest("hex");
  return scryptSync(text, `failover-agent ${config.node}`, DIGEST_OCTETS, SCRYPT_COST).toString("hex");
}

const HOOKS = ["prepare", "up", "down"] as const;

/** Whether it holds what may be short: a CARP password, and whatever a program, a server or a page is called with. */
function isGuessable({ virtualRouters, checks, states, ovh, openstack }: AgentConfig): boolean {
  return (
    virtualRouters.some(
      ({ protocol, hooks }) => protocol === "carp" || HOOKS.some((name) => hooks[name] !== undefined),
    ) ||
    Object.keys(checks).length > 0 ||
    [states, ovh, openstack].some((part) => part !== undefined)
  );
}

/** scrypt takes some tens of milliseconds, and a configuration is asked about often. */
const digests = new WeakMap<AgentConfig, string>();

/**
 * SHA-256 in hex over what all members of a virtual router must have in common, whichever member's configuration it is
 * taken of: no secrets, no priorities, nobody's own address as such. Sync groups count as far as it belongs to them.
 */
export function virtualRouterDigest(router: VirtualRouterConfig, syncGroups: readonly SyncGroupConfig[]): string {
  const { name, protocol, virtualRouterId, multicast, addresses, publicAddresses } = router;
  return digestOf({
    ...{ name, protocol, virtualRouterId, multicast },
    members: membersOf(router),
    addresses: addresses.map(({ address }) => address),
    ...(publicAddresses.length === 0 ? {} : { publicAddresses }),
    election: electionOf(router),
    syncGroups: syncGroups
      .filter(({ members }) => members.includes(name))
      .map((group) => ({ name: group.name, members: group.members.toSorted() }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1)),
  });
}

/** Own addresses of all members; undefined: whoever is heard on the multicast group is one. */
function membersOf({ multicast, sourceAddress, peers }: VirtualRouterConfig): readonly string[] | undefined {
  return multicast && peers.length === 0 ? undefined : [sourceAddress, ...peers].toSorted();
}

function electionOf(router: VirtualRouterConfig): unknown {
  if (router.protocol === "carp") return { base: router.advertisementBase, dialect: router.dialect };
  const { advertisementInterval, acceptMode, virtualMac, authentication } = router;
  const keys = authentication?.keys.map(({ id }) => id).toSorted((left, right) => left - right);
  const { mode, replay } = authentication ?? {};
  return { advertisementInterval, acceptMode, virtualMac, mode, replay, keys };
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

function canonical(value: unknown): string {
  return JSON.stringify(value, sortedKeys);
}

/** For JSON.stringify: objects with their keys in order, everything else as it is. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

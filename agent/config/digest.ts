/** The digests by which configurations are known to mean the same: of one node in time, and of a virtual router on all of its nodes. */
import { createHash, scryptSync } from "node:crypto";
import type { AgentConfig, SyncGroupConfig, VirtualRouterConfig } from "./document.ts";

/** The digest is in logs and status, and nobody shall find a short password by trying: each try costs this much work. */
const SCRYPT_COST = { N: 2 ** 14, r: 8, p: 1 } as const;
const HARDENED_OCTETS = 32;

/**
 * SHA-256 in hex over the configuration as parsed, in canonical form: keys sorted, no space. Two texts that differ in
 * layout, in the order of keys, in defaults written out or in the unit of a duration have the same digest.
 */
export function configDigest(config: AgentConfig): string {
  const known = digests.get(config);
  if (known !== undefined) return known;
  const digest = digestOf({ ...config, virtualRouters: config.virtualRouters.map(hardened) });
  digests.set(config, digest);
  return digest;
}

/** Hardening takes some tens of milliseconds, and a configuration is asked about often. */
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

/** A CARP password may be short; keys are not, and need no hardening. */
function hardened(router: VirtualRouterConfig): VirtualRouterConfig {
  if (router.protocol !== "carp") return router;
  const salt = `failover-agent ${router.name} ${router.virtualRouterId}`;
  return { ...router, password: scryptSync(router.password, salt, HARDENED_OCTETS, SCRYPT_COST).toString("hex") };
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sortedKeys)).digest("hex");
}

/** For JSON.stringify: objects with their keys in order, everything else as it is. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

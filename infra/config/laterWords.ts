/**
 * Words that the design has and this version does not: refused by name. Taking one in silence would be worse than not
 * knowing it: a cluster without the health check, the password or the failover IP that its configuration promises.
 */

/** Where such a word stands (`*` for any name) and what to do without it. */
interface LaterWord {
  readonly at: readonly string[];
  readonly instead: string;
}

const LATER_KEYS: readonly LaterWord[] = [
  { at: ["syncGroups"], instead: "remove it, and give the VIPs that must move together the same priorities" },
  { at: ["network", "vrack"], instead: "remove it, and attach the project to the vRack by hand" },
  { at: ["vips", "*", "authentication"], instead: "remove it; only the cluster's own members may send VRRP to a node" },
  {
    at: ["vips", "*", "track"],
    instead: "remove it; a node gives a VIP up when its link, its agent or itself is gone",
  },
  { at: ["vips", "*", "hooks"], instead: "remove it" },
  { at: ["vips", "*", "preemptDelay"], instead: "remove it, or write preempt: false and hand over by hand" },
  { at: ["vips", "*", "public", "failoverIp"], instead: "use public: { floatingIp: { pool: Ext-Net } }" },
  { at: ["vips", "*", "public", "routed"], instead: "use public: { floatingIp: { pool: Ext-Net } }" },
];

const LATER_VALUES: readonly (LaterWord & { readonly value: string })[] = [
  { at: ["vips", "*", "protocol"], value: "carp", instead: "write vrrp" },
];

/** What to do instead of a key that a later version has; undefined for any other key. */
export function laterKey(path: readonly string[]): string | undefined {
  return LATER_KEYS.find(({ at }) => matches(at, path))?.instead;
}

/** What to do instead of a value that a later version has; undefined for any other. */
export function laterValue(path: readonly string[], value: unknown): string | undefined {
  return LATER_VALUES.find((word) => word.value === value && matches(word.at, path))?.instead;
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.length === path.length && pattern.every((part, index) => part === "*" || part === path[index]);
}

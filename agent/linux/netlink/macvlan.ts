/** What a macvlan is to the agent: how it passes frames, and which one is which. Pure, so that simulations know it too. */
/** `enum macvlan_mode` of linux/if_link.h: what passes between a macvlan, its parent and its siblings. */
export const MACVLAN_MODE = { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 } as const;
export type MacvlanMode = keyof typeof MACVLAN_MODE;

const MODES: readonly MacvlanMode[] = ["private", "vepa", "bridge", "passthru", "source"];

/** The mode that a number of the kernel stands for; undefined for one that this program does not know. */
export function macvlanModeOf(value: number): MacvlanMode | undefined {
  return MODES.find((mode) => MACVLAN_MODE[mode] === value);
}

/** Whether an interface is a macvlan with this MAC, `00:00:5e:00:01:0a`, on any parent and in any mode. */
export function isMacvlanWith(mac: string, link: { readonly mac: string; readonly virtualOf?: number }): boolean {
  return link.virtualOf !== undefined && link.mac === mac;
}

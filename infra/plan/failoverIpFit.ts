/** Whether nodes can have a failover IP, by what OVH says of it, of their flavors and of their region. */

/** A flavor, as far as it matters. */
export interface KnownFlavor {
  readonly name: string;
  readonly capabilities: readonly { readonly name: string; readonly enabled: boolean }[];
}

/** As OVH calls what a flavor can (cloud.flavor.CapabilityNameEnum). */
const CAPABILITY = "failoverip";

/** Of the flavors the first that can have none, metal ones for example. One that OVH does not list is the cloud's to refuse. */
export function unableFlavor(flavors: readonly string[], known: readonly KnownFlavor[]): string | undefined {
  return flavors.find((name) =>
    known
      .filter((flavor) => flavor.name === name)
      .flatMap(({ capabilities }) => capabilities)
      .some((capability) => capability.name === CAPABILITY && !capability.enabled),
  );
}

/** Whether an address and a region are of different parts of the world; where one does not say, they may not be. */
export function isElsewhere(addressContinent: string | undefined, regionContinent: string | undefined): boolean {
  const [address = "", region = ""] = [addressContinent, regionContinent];
  return address !== "" && region !== "" && address !== region;
}

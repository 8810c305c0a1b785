/**
 * What a node has from its birth and keeps: image, size, zone, keys. A change of these in the configuration is for nodes
 * yet to be born, because on a living one it is a wiped disk or a reboot, and the same change to all nodes is an outage.
 */

/**
 * Inputs of an instance that are not changed on a living one. `powerState` is here for the same reason: a node that is
 * down is a matter for its operator and the agents, not for an `up` that happens to run meanwhile.
 */
export const BORN_WITH = [
  "imageId",
  "imageName",
  "flavorId",
  "flavorName",
  "availabilityZone",
  "keyPair",
  "userData",
  "schedulerHints",
  "powerState",
] as const;

/** What a node is made from, as configured or as found. */
export interface Birth {
  readonly flavor: string;
  readonly imageId: string;
}

/**
 * Says what a living node has that its configuration no longer asks for, so that a change without effect is not silent.
 * @param urn of the instance, for the command that replaces it
 * @returns undefined when it is as configured
 */
export function bornDifferently(node: string, urn: string, wanted: Birth, actual: Birth): string | undefined {
  const kept = [
    ...(wanted.flavor === actual.flavor ? [] : [`flavor ${actual.flavor} (configured: ${wanted.flavor})`]),
    ...(wanted.imageId === actual.imageId ? [] : [`image ${actual.imageId} (configured: ${wanted.imageId})`]),
  ];
  if (kept.length === 0) return undefined;
  return (
    `node ${node} keeps what it was born with: ${kept.join(", ")}. ` +
    `To have it made anew while another node holds its VIPs: pulumi up --replace '${urn}'`
  );
}

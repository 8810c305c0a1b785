/** A good configuration for OVH Public Cloud with a failover IP, for tests to break or to vary. */
import { withValue } from "./exampleConfig.ts";

/** A Public Cloud project. */
export const PROJECT = "0123456789abcdef0123456789abcdef";

/** Secrets that must never be seen. */
export const PLANTED = { applicationSecret: "planted-as", consumerKey: "planted-ck" };

/** The example on OVH: CARP, a vRack, a failover IP, and credentials that were made by hand. */
export function ovhConfig(): Readonly<Record<string, unknown>> {
  return {
    ...withValue("ssh.bastion", undefined),
    network: { cidr: "10.25.0.0/24", vrack: "pn-100042", vlan: 42 },
    ovh: { project: PROJECT, credentials: { applicationKey: "ak", ...PLANTED } },
    vips: {
      web: {
        address: "10.25.0.10",
        protocol: "carp",
        virtualRouterId: 1,
        authentication: "s3cret",
        public: { failoverIp: "198.51.100.10" },
      },
    },
  };
}

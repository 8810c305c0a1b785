/**
 * The VIPs beside `web` of stacks/Pulumi.local.yaml, which stays as small as it is: `api` is signed, watched and hooked,
 * `voice` speaks CARP, to the multicast group.
 */
import { randomBytes } from "node:crypto";

/** While this file is on a node, the node does not claim the VIP `api`. */
export const OUT_OF_SERVICE = "/run/out-of-service";
/** Where the hooks of `api` write what they were told, on the node. The folder is the agent's own. */
export const HOOKS_LOG = "/run/failover-agent/hooks-of-the-test";

const hook = [
  "/bin/sh",
  "-c",
  `echo "$VIPF_HOOK $VIPF_VIRTUAL_ROUTER $VIPF_ADDRESSES as user $(id -u)" | tee -a ${HOOKS_LOG}`,
];

/** As written in the stack's file. */
export const FURTHER_VIPS = {
  api: {
    address: "10.25.0.20",
    protocol: "vrrp",
    virtualRouterId: 20,
    advertisementInterval: "500ms",
    authentication: { mode: "enforce", active: 1 },
    track: {
      "in-service": { file: OUT_OF_SERVICE, absent: true, every: "200ms", rise: 1, fall: 4, demote: "all" },
    },
    hooks: { up: hook, down: hook, timeout: "5s" },
    public: { floatingIp: { pool: "Ext-Net" } },
  },
  voice: {
    address: "10.25.0.30",
    protocol: "carp",
    virtualRouterId: 30,
    multicast: true,
    public: { floatingIp: { pool: "Ext-Net" } },
  },
};

/** What must be seen nowhere. */
export interface PlantedSecrets {
  /** By their ids: the first signs from the beginning, the second replaces it. */
  readonly apiKeys: Readonly<Record<1 | 2, string>>;
  readonly voicePassword: string;
}

const VRRP_KEY_BYTES = 32;
/** 18 digits in hexadecimal: CARP's longest password is 19 octets. */
const CARP_PASSWORD_BYTES = 9;

export function plantedSecrets(): PlantedSecrets {
  const key = (): string => randomBytes(VRRP_KEY_BYTES).toString("hex");
  return {
    apiKeys: { 1: key(), 2: key() },
    voicePassword: randomBytes(CARP_PASSWORD_BYTES).toString("hex"),
  };
}

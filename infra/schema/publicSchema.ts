/** How the world reaches a VIP: which of the cloud's ways to a public address, and what the agents do about it. */
import { z } from "zod";
import { publicAddressFields } from "../../agent/config/schema/publicAddress.ts";
import { asInDocument } from "./documentField.ts";
import { ipv4, noted, text } from "./fields.ts";

const floatingIp = z.strictObject({
  /** The external network it is taken from. Default: `defaults.externalNetwork`. */
  pool: text("write the external network's name, or leave the key out").optional(),
  /**
   * Who leads it to the master: it is on the VIP's own port for good, and ARP settles who answers; or, where the cloud cannot
   * do that, the agents change its port through the API.
   */
  move: noted(z.enum(["port", "agent"]), "write port or agent").default("port"),
});

/** Exactly one of the first three; rules/publicAddresses.ts sees to it. */
export const publicAddress = z.strictObject({
  /** OVH: an Additional IP of the project (once called failover IP); the agents have it routed to the master. */
  failoverIp: ipv4("write one address of the project's Additional IPs, such as 198.51.100.10").optional(),
  floatingIp: noted(floatingIp, "write { pool: Ext-Net }").optional(),
  /** OVH: an address of a block that is routed into the vRack; moved by its announcement alone. */
  routed: ipv4("write one address of the block that is routed into the vRack").optional(),
  takeBackAfter: asInDocument(publicAddressFields.takeBackAfter).optional(),
  onWitnessLoss: asInDocument(publicAddressFields.onWitnessLoss).optional(),
});

export type PublicConfig = z.output<typeof publicAddress>;

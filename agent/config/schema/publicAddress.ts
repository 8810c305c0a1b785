/** The public addresses of a virtual router that a cloud's API leads to one machine: the agent moves them to the master. */
import * as z from "zod";
import { hostAddress } from "../fields/address.ts";
import { durationWithin } from "../fields/duration.ts";
import { expected } from "../fields/expected.ts";
import { listOf } from "../fields/fields.ts";

const TAKE_BACK_MICROS = { min: 0, max: 86_400_000_000 } as const;

export const publicAddressFields = {
  /** The address, as the cloud's API lists it. */
  address: hostAddress("the public address, such as 203.0.113.10"),
  /**
   * For how long somebody else's move to a machine outside of the group is let be, before the master takes the address
   * back. While a member is in maintenance it is let be for as long as that lasts.
   */
  takeBackAfter: durationWithin("a delay", TAKE_BACK_MICROS, "60s").default(60_000_000),
  /** What a master does that cannot reach the API: go on, or give the virtual router to one that may be able to. */
  onWitnessLoss: z
    .enum(["hold", "release"], expected("a choice for the loss of the API", '"hold" or "release"'))
    .default("hold"),
};

/** OVH Public Cloud: an Additional IP (once called failover IP), routed to the instance that the API names. */
const ovhFailoverIp = z.strictObject(
  { kind: z.literal("ovhFailoverIp"), ...publicAddressFields },
  expected("a failover IP", '{ "kind": "ovhFailoverIp", "address": "203.0.113.10" }'),
);

/** OpenStack: a floating IP that leads to one port, where the cloud cannot bind it to the VIP's. */
const openstackFloatingIp = z.strictObject(
  { kind: z.literal("openstackFloatingIp"), ...publicAddressFields },
  expected("a floating IP", '{ "kind": "openstackFloatingIp", "address": "203.0.113.150" }'),
);

export const publicAddresses = listOf(
  z.discriminatedUnion(
    "kind",
    [ovhFailoverIp, openstackFloatingIp],
    expected("a public address", 'an object whose kind is "ovhFailoverIp" or "openstackFloatingIp"'),
  ),
  "a list of public addresses",
  { min: 0, max: 8, remedy: "0 to 8 of { kind, address }" },
).default([]);

/** One public address of the document, parsed. */
export type PublicAddressConfig = z.output<typeof publicAddresses>[number];

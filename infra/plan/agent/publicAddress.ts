/** A VIP's public address: which way of the cloud's it is, and what of it is the agents' to move. */
import type { AgentConfigInput } from "../../../agent/config/schema/document.ts";
import type { PublicConfig } from "../../schema/publicSchema.ts";
import { formatIpv4 } from "../../values/ipv4.ts";

type RouterDocument = AgentConfigInput["virtualRouters"][number];

/** One public address in the document's words. */
export type PublicDocument = NonNullable<RouterDocument["publicAddresses"]>[number];

/** What an operator may say about how it is moved. */
type MoveSettings = Pick<PublicDocument, "takeBackAfter" | "onWitnessLoss">;

/** One VIP's public address. */
export type PublicPlan =
  | { readonly kind: "none" }
  /** On the VIP's port for good. */
  | { readonly kind: "floatingIp"; readonly pool: string }
  /** The agents change the port that it leads to. */
  | { readonly kind: "movedFloatingIp"; readonly pool: string; readonly settings: MoveSettings }
  /** The agents have it routed to the master's machine. */
  | { readonly kind: "failoverIp"; readonly address: string; readonly settings: MoveSettings }
  /** Whoever announces it has it. */
  | { readonly kind: "routed"; readonly address: string };

/** Plans a VIP's public address. @param externalNetwork where a floating IP is from when its VIP does not say */
export function planPublic(written: PublicConfig | undefined, externalNetwork: string | undefined): PublicPlan {
  const { failoverIp, floatingIp, routed, takeBackAfter, onWitnessLoss } = written ?? {};
  const settings: MoveSettings = {
    ...(takeBackAfter === undefined ? {} : { takeBackAfter }),
    ...(onWitnessLoss === undefined ? {} : { onWitnessLoss }),
  };
  if (failoverIp !== undefined) return { kind: "failoverIp", address: formatIpv4(failoverIp), settings };
  if (routed !== undefined) return { kind: "routed", address: formatIpv4(routed) };
  const pool = floatingIp?.pool ?? externalNetwork;
  if (floatingIp === undefined || pool === undefined) return { kind: "none" };
  return floatingIp.move === "agent" ? { kind: "movedFloatingIp", pool, settings } : { kind: "floatingIp", pool };
}

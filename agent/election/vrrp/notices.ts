/** What an advertisement says about the sender's configuration, for the log: none of it is a reason to drop it. */
import type { VrrpAdvertisement } from "../../protocol/vrrp.ts";
import { listsSameAddresses } from "../commonState.ts";
import type { Notice, Output } from "../election.ts";
import { MICROS_PER_CENTISECOND } from "../timers.ts";
import { effectivePriority, isOwner, type VrrpRouterState } from "./state.ts";

/** The notices of RFC 9568 7.1 and 8.3.2 that an advertisement gives cause for. */
export function noticesOf(
  from: string,
  advertisement: VrrpAdvertisement,
  state: VrrpRouterState,
): readonly Extract<Output<never>, { kind: "notice" }>[] {
  const { config } = state;
  const notices: Notice[] = [];
  if (from === config.sourceAddress) {
    notices.push("own-advertisement");
  } else {
    const intervalMicros = advertisement.maxAdvertiseIntervalCentis * MICROS_PER_CENTISECOND;
    if (isOwner(config)) notices.push("owner-contested");
    else if (advertisement.priority === effectivePriority(state)) notices.push("equal-priority");
    if (intervalMicros !== config.advertisementIntervalMicros) notices.push("interval-mismatch");
    if (!listsSameAddresses(advertisement.addresses, config.addresses)) notices.push("address-list-mismatch");
  }
  return notices.map((notice) => ({ kind: "notice", notice, from }));
}

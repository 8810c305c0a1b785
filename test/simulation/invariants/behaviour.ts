/** S4, S8, S10 and L2: what a node may do when. S7 is judged where forgeries are made: see forge.ts. */

import { isBowOut } from "../../../agent/election/carp/claim.ts";
import { decodeCarp } from "../../../agent/protocol/carp.ts";
import { decodeVrrp, PRIORITY_RESIGN } from "../../../agent/protocol/vrrp.ts";
import type { Deed } from "../../../agent/simulation/deeds.ts";
import type { WorldView } from "../hosts/worldView.ts";
import type { Step } from "../machine/step.ts";
import type { Invariant } from "./invariant.ts";

const REFUSED_MICROS = 2_000_000;
const LONGEST_PAUSE_MICROS = 3_600_000_000;

export class MovesAsMaster implements Invariant {
  readonly number = "S4";
  readonly sentence = "Only the current master requests the address from the cloud, one call at a time.";

  after(_step: Step, world: WorldView): string | undefined {
    return world.takeWrongMove();
  }
}

export class ReloadsAreFree implements Invariant {
  readonly number = "S8";
  readonly sentence =
    "Reloading an equal configuration does nothing, and no reload removes an address that both configurations have.";

  after({ host, deeds, changes, cause }: Step, world: WorldView): string | undefined {
    const reload = world.takeReload(host);
    if (reload === undefined) return undefined;
    // What was due at the same moment, or waited while it stood still, is none of the reload's.
    const isAlone = cause === "told" && host.server.dueMicros > host.server.clock.micros;
    // What was refused a moment ago is tried again.
    const isPeace = world.calm.peaceMicros > REFUSED_MICROS;
    if (!isAlone) return undefined;
    if (reload.isEqual && isPeace && (deeds.length > 0 || changes.length > 0)) {
      return `${host.name} reloaded an equal configuration and did ${deeds.map(({ kind }) => kind).join(", ")}`;
    }
    const removed = deeds.find(({ kind }) => kind === "remove");
    return removed === undefined ? undefined : `${host.name} took an address off in a reload`;
  }
}

export class ListensAfterStall implements Invariant {
  readonly number = "S10";
  readonly sentence =
    "A node that stood still for long enough to be replaced sends nothing before it has listened for an advertisement interval.";

  after({ host, deeds, cause }: Step, world: WorldView): string | undefined {
    if (!world.isAgent(host)) return undefined;
    const untilMicros = world.past.silentUntilMicros(host);
    if (untilMicros === undefined || host.server.clock.micros >= untilMicros) return undefined;
    const spoke = deeds.find((deed) => deed.kind === "send" && !isFarewell(deed));
    return spoke === undefined ? undefined : `${host.name} spoke after a stall before it had listened (${cause})`;
  }
}

function isFarewell({ source, destination, payload }: Extract<Deed, { readonly kind: "send" }>): boolean {
  const vrrp = decodeVrrp(payload, { source, destination });
  if (vrrp.ok) return vrrp.value.advertisement.priority === PRIORITY_RESIGN;
  const carp = decodeCarp(payload);
  return carp.ok && isBowOut(carp.value);
}

export class EverythingEnds implements Invariant {
  readonly number = "L2";
  readonly sentence = "Every call to the cloud ends, every wait has a limit, and no queue grows without bound.";

  after(): string | undefined {
    return undefined;
  }

  meanwhile(world: WorldView): string | undefined {
    for (const { name, main, server } of world.agents) {
      const claim = main?.publicClaim;
      if (claim === undefined || !server.runs) continue;
      if (claim.callForMicros > world.longestCallMicros) return `a call of ${name} to the cloud has no end`;
      const { call, nextMicros } = claim.state;
      if (call === "none" && !(nextMicros <= server.clock.micros + LONGEST_PAUSE_MICROS))
        return `${name} waits without end`;
    }
    return undefined;
  }
}

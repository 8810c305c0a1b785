/** Rules of who reaches what: public addresses need a way out of the network, services need ports. */
import { managementOf } from "../../plan/reach.ts";
import { keyName } from "../../schema/explain.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import type { Draft } from "../../stackFile/shape.ts";

/** Floating IPs need the external network, and all of them the same one: a subnet has one router to it. */
export function publicRules(draft: Draft): readonly Problem[] {
  const { defaults } = draft;
  // What is reached and how follows from all of these together.
  if (defaults === undefined || !draft.isWhole("vips", "ssh")) return [];
  const { externalNetwork } = defaults;
  const vips = [...draft.vips].flatMap(([name, vip]) =>
    vip.public?.floatingIp === undefined ? [] : [{ name, ...vip.public.floatingIp }],
  );
  const failing = [...draft.vips].filter(([, vip]) => vip.public?.failoverIp !== undefined);
  const publics = [...draft.vips.values()].map((vip) => vip.public);
  const management = managementOf({ via: draft.ssh?.via, publics });
  if (externalNetwork === undefined) {
    const wanted = [
      ...vips.map(({ name }) => `VIP "${name}" has a floating IP`),
      ...failing.map(([name]) => `VIP "${name}" has a failover IP`),
      ...(draft.ssh !== undefined && management === "floatingIp" ? ["ssh.via is floatingIp"] : []),
    ];
    return wanted.slice(0, 1).map((reason) => ({
      key: keyName(["defaults", "externalNetwork"]),
      why: `is missing, and ${reason}: it could not be reached without a way to the outside`,
      remedy: "write the external network's name, such as Ext-Net",
    }));
  }
  return vips.flatMap(({ name, pool }) => {
    if (pool === undefined || pool === externalNetwork) return [];
    return [
      {
        key: keyName(["vips", name, "public", "floatingIp", "pool"]),
        value: showValue(pool),
        why: `is not ${externalNetwork}, where the network's router leads: an address of it could not be used`,
        remedy: "leave the key out, or change defaults.externalNetwork",
      },
    ];
  });
}

/** Routers made real: a namespace each, with forwarding and address translation. */

import { gatewayTapName, type HostNames, tapName } from "../names.ts";
import {
  addNamespace,
  applyRules,
  deleteLinks,
  forgetConnections,
  ipBatch,
  removeNamespace,
  setParameters,
} from "../namespace.ts";
import type { RouterPlan } from "../region.ts";
import type { Fabric } from "./fabric.ts";
import {
  announcementLines,
  floatingIpLine,
  floatingIpsWithout,
  interfaceLines,
  renderRouterRules,
  routerInterfaces,
} from "./routerRules.ts";

/** The routers of a region. */
export interface Routers {
  readonly built: ReadonlyMap<string, RouterPlan>;
  /** Makes a router, or changes one whose interfaces only grow in number. */
  set(router: RouterPlan): Promise<void>;
  remove(router: RouterPlan): Promise<void>;
}

/** Routers between the fabric's segments. */
export function createRouters(names: HostNames, fabric: Fabric): Routers {
  const built = new Map<string, RouterPlan>();

  const remove = async (router: RouterPlan): Promise<void> => {
    const taps = router.interfaces.map(({ portId }) => tapName(portId));
    await deleteLinks(names.fabric, [...taps, gatewayTapName(router.id)]);
    await removeNamespace(names.router(router.id));
    built.delete(router.id);
  };

  const set = async (router: RouterPlan): Promise<void> => {
    const namespace = names.router(router.id);
    const before = built.get(router.id);
    if (before === undefined) await addRouterNamespace(namespace);
    const has = before === undefined ? [] : routerInterfaces(before, namespace, fabric.segments);
    const added = routerInterfaces(router, namespace, fabric.segments).filter(
      ({ cable }) => !has.some((old) => old.cable.device === cable.device),
    );
    for (const { cable } of added) await fabric.connect(cable);
    await ipBatch(namespace, added.flatMap(interfaceLines));
    await setFloatingIps(namespace, before, router);
  };

  return {
    built,
    remove,
    set: async (router) => {
      try {
        await set(router);
      } catch (error) {
        await remove(router);
        throw error;
      }
      built.set(router.id, router);
    },
  };
}

async function addRouterNamespace(namespace: string): Promise<void> {
  await addNamespace(namespace);
  await setParameters(namespace, {
    "net.ipv4.ip_forward": 1,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.default.send_redirects": 0,
    "net.ipv4.conf.all.rp_filter": 0,
    "net.ipv4.conf.default.rp_filter": 0,
    // What announcementLines needs.
    "net.ipv4.conf.default.arp_notify": 1,
  });
}

/**
 * Addresses, translation, and what neighbours and connections still believe: a floating IP that now leads elsewhere is
 * announced, and its old connections are forgotten, as Neutron's agent does.
 */
async function setFloatingIps(namespace: string, before: RouterPlan | undefined, after: RouterPlan): Promise<void> {
  const gone = before === undefined ? [] : floatingIpsWithout(before, after);
  const come = floatingIpsWithout(after, before);
  await ipBatch(
    namespace,
    gone.map(({ floating }) => floatingIpLine("del", after.id, floating)),
  );
  await ipBatch(
    namespace,
    come.map(({ floating }) => floatingIpLine("add", after.id, floating)),
  );
  await applyRules(namespace, renderRouterRules(after));
  for (const { floating, fixed } of gone) {
    await forgetConnections(namespace, ["--orig-dst", floating]);
    await forgetConnections(namespace, ["--orig-src", fixed, "--reply-dst", floating]);
  }
  if (come.length > 0) await ipBatch(namespace, announcementLines(after));
}

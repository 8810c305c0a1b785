/** Public addresses: each in one virtual router, held there, and with a way to the API that moves it. */
import type { Contradiction } from "../contradictions.ts";
import type { AgentConfig } from "../document.ts";
import type { VirtualRouterConfig } from "../virtualRouter.ts";

export function publicAddressContradictions(config: AgentConfig): Contradiction[] {
  const owners = new Map<string, string>();
  return config.virtualRouters.flatMap((router, index) => [
    ...whereabouts(router, index),
    ...router.publicAddresses.flatMap(({ kind, address }, position): Contradiction[] => {
      const at = ["virtualRouters", index, "publicAddresses", position];
      const owner = owners.get(address);
      owners.set(address, router.name);
      const access = kind === "ovhFailoverIp" ? "ovh" : "openstack";
      return [
        ...(owner === undefined
          ? []
          : [
              {
                path: [...at, "address"],
                input: address,
                message: `${address} is a public address of "${owner}" already: it can lead to one master only`,
              },
            ]),
        ...(config[access] === undefined
          ? [
              {
                path: [...at, "kind"],
                input: kind,
                message: `"${kind}" is moved through an API: say how to reach it in "${access}"`,
              },
            ]
          : []),
      ];
    }),
  ]);
}

/** An address goes to an interface by its name or by a neighbour, not by both. */
function whereabouts({ addresses }: VirtualRouterConfig, index: number): Contradiction[] {
  return addresses.flatMap((shared, position): Contradiction[] => {
    if (shared.beside === undefined || shared.interface === undefined) return [];
    const message = `names the interface beside ${shared.beside}, and "${shared.interface}" too: keep one of the two`;
    return [{ path: ["virtualRouters", index, "addresses", position, "beside"], input: shared.beside, message }];
  });
}

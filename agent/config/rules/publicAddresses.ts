/** Public addresses: each in one virtual router, held there, and with a way to the API that nobody else can read. */

import { isReadableOnTheWay, PLAIN_HTTP_REMEDY } from "../fields/plainHttp.ts";
import type { AgentConfig } from "../schema/document.ts";
import type { VirtualRouterConfig } from "../schema/virtualRouter.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

export function publicAddressErrors(config: AgentConfig): CrossFieldError[] {
  const owners = new Map<string, string>();
  const inRouters = config.virtualRouters.flatMap((router, index) => [
    ...whereabouts(router, index),
    ...router.publicAddresses.flatMap(({ kind, address }, position): CrossFieldError[] => {
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
  return [...inRouters, ...readableOnTheWay(config)];
}

/** Passwords and tokens go to these addresses. */
function readableOnTheWay({ ovh, openstack }: AgentConfig): CrossFieldError[] {
  const tokenUrl = ovh !== undefined && "tokenUrl" in ovh.credentials ? ovh.credentials.tokenUrl : undefined;
  const addresses = [
    { access: ovh, path: ["ovh", "endpoint"], input: ovh?.endpoint },
    { access: ovh, path: ["ovh", "credentials", "tokenUrl"], input: tokenUrl },
    { access: openstack, path: ["openstack", "authUrl"], input: openstack?.authUrl },
  ];
  return addresses.flatMap(({ access, path, input }) => {
    if (input === undefined || access?.allowPlainHttp === true || !isReadableOnTheWay(input)) return [];
    const message = `${input} would carry credentials that anybody on the way can read: ${PLAIN_HTTP_REMEDY}`;
    return [{ path, input, message }];
  });
}

/** An address goes to an interface by its name or by a neighbour, not by both. */
function whereabouts({ addresses }: VirtualRouterConfig, index: number): CrossFieldError[] {
  return addresses.flatMap((shared, position): CrossFieldError[] => {
    if (shared.beside === undefined || shared.interface === undefined) return [];
    const message = `names the interface beside ${shared.beside}, and "${shared.interface}" too: keep one of the two`;
    return [{ path: ["virtualRouters", index, "addresses", position, "beside"], input: shared.beside, message }];
  });
}

/** Names in a document that must be names of something in it. */

import type { AgentConfig } from "../schema/document.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

/** Every name that leads nowhere, or to what is taken already. */
export function referenceErrors(config: AgentConfig): CrossFieldError[] {
  return [...syncGroups(config), ...keys(config)];
}

function syncGroups({ syncGroups: groups, virtualRouters }: AgentConfig): CrossFieldError[] {
  const groupOf = new Map<string, string>();
  return groups.flatMap(({ name, members }, index) =>
    members.flatMap((member, position): CrossFieldError[] => {
      const at = { path: ["syncGroups", index, "members", position], input: member };
      const other = groupOf.get(member);
      groupOf.set(member, name);
      if (!virtualRouters.some((router) => router.name === member)) {
        return [{ ...at, message: `"${member}" is no virtual router of this document: correct the name` }];
      }
      if (other === undefined) return [];
      return [{ ...at, message: `"${member}" is in the sync group "${other}" already: put both into one group` }];
    }),
  );
}

/** The keys of VRRP's authentication: each id once, and the signing one among them. */
function keys({ virtualRouters }: AgentConfig): CrossFieldError[] {
  return virtualRouters.flatMap((router, index): CrossFieldError[] => {
    if (router.protocol !== "vrrp" || router.authentication === undefined) return [];
    const { keys: known, active } = router.authentication;
    const ids = known.map(({ id }) => id);
    const at = ["virtualRouters", index, "authentication"];
    return [
      ...ids.flatMap((id, position): CrossFieldError[] =>
        ids.indexOf(id) === position
          ? []
          : [
              {
                path: [...at, "keys", position, "id"],
                input: id,
                message: `${id} is the id of another key: give each its own`,
              },
            ],
      ),
      ...(ids.length === 0 || ids.includes(active)
        ? []
        : [
            {
              path: [...at, "active"],
              input: active,
              message: `${active} is the id of no key: it must be one of ${ids.join(", ")}`,
            },
          ]),
    ];
  });
}

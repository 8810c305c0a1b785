/** What named states ask for must be there: virtual routers and checks of the same document. */

import type { AgentConfig } from "../schema/document.ts";
import { placedExpressions, testsIn } from "../schema/statesGraph.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

/** Every name of a virtual router or check in the states that is none. */
export function stateErrors({ states, virtualRouters, checks }: AgentConfig): CrossFieldError[] {
  if (states === undefined) return [];
  const isRouter = (name: string): boolean => virtualRouters.some((router) => router.name === name);
  const demoted = Object.entries(states.states).flatMap(([state, { demote }]) =>
    Object.keys(demote)
      .filter((router) => !isRouter(router))
      .map((router) => ({
        path: ["states", "states", state, "demote", router],
        input: router,
        message: noVirtualRouter(router),
      })),
  );
  const tested = placedExpressions(states).flatMap(({ path, expression }) =>
    testsIn(expression).flatMap((test): CrossFieldError[] => {
      if (test.kind === "role" && !isRouter(test.name)) {
        return [{ path: ["states", ...path], input: test.name, message: noVirtualRouter(test.name) }];
      }
      if (test.kind === "check" && !Object.hasOwn(checks, test.name)) {
        const message = `"${test.name}" is no check of this document: add it to checks, or correct the name`;
        return [{ path: ["states", ...path], input: test.name, message }];
      }
      return [];
    }),
  );
  return [...demoted, ...tested];
}

function noVirtualRouter(name: string): string {
  return `"${name}" is no virtual router of this document: correct the name`;
}

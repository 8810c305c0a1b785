/** What virtual routers track must be checks of the document, and checks must end before they begin again. */

import { formatDuration } from "../fields/duration.ts";
import type { AgentConfig } from "../schema/document.ts";
import { PRIORITY } from "../schema/virtualRouter.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

export function trackErrors({ virtualRouters, checks }: AgentConfig): CrossFieldError[] {
  const tracked = virtualRouters.flatMap((router, index) =>
    Object.keys(router.track).flatMap((name): CrossFieldError[] => {
      const at = { path: ["virtualRouters", index, "track", name], input: name };
      if (!Object.hasOwn(checks, name)) {
        return [{ ...at, message: `"${name}" is no check of this document: add it to checks, or correct the name` }];
      }
      if (router.protocol === "vrrp" && router.priority === PRIORITY.owner && router.track[name] !== "all") {
        const message =
          "is a demotion of the address owner, whose priority is 255 always (RFC 9568 5.2.4): write all, or a priority below 255";
        return [{ ...at, message }];
      }
      return [];
    }),
  );
  const endless = Object.entries(checks).flatMap(([name, check]): CrossFieldError[] => {
    if (!("every" in check) || check.timeout === undefined || check.timeout < check.every) return [];
    const every = formatDuration(check.every);
    const message = `is not less than the ${every} after which the check runs again: shorten it, or check less often`;
    return [
      {
        path: ["checks", name, "timeout"],
        input: check.timeout,
        message: `${formatDuration(check.timeout)} ${message}`,
      },
    ];
  });
  return [...tracked, ...endless];
}

/** Where a running agent keeps what its commands and its successor need. */

/** The unit's RuntimeDirectory as systemd names it, or the same place by its path. */
export function defaultStateDirectory(): string {
  return process.env["RUNTIME_DIRECTORY"] ?? "/run/failover-agent";
}

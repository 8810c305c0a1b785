/** Where a running agent keeps what its commands and its successor need. */

/** What is gone after a boot, the socket and the standing: the unit's RuntimeDirectory as systemd names it, or the same place by its path. */
export function defaultStateDirectory(): string {
  return process.env["RUNTIME_DIRECTORY"] ?? "/run/failover-agent";
}

/** What outlives a boot, an operator's word: the unit's StateDirectory as systemd names it, or the same place by its path. */
export function defaultPersistentDirectory(): string {
  return process.env["STATE_DIRECTORY"] ?? "/var/lib/failover-agent";
}

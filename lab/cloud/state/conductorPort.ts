/** The conductor as the services call it; conductor/conductor.ts is the one there is. */
/** What the API asks of the hypervisor beside the region's plan. */
export interface Conductor {
  /** Restarts a machine. Never rejects: what happens to it is seen in the server's state. */
  reboot(serverId: string, how: "hard" | "soft"): Promise<void>;
  /** Everything the machine's console printed. */
  consoleLog(serverId: string): Promise<string>;
  /** Stops noting and trying, at once. The hypervisor stays as it is, and may still be busy with the newest plan. */
  close(): void;
}

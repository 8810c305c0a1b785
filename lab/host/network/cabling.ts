/** What a server needs of the network around it: its ports' cables, plugged in when it starts and out when it ends. */
import type { BuiltPort } from "./plan.ts";

export interface Cabling {
  /** What is plugged in, by the port's id. */
  readonly ports: ReadonlyMap<string, BuiltPort>;
  /** Plugs ports into a server's namespace, with the addresses DHCP would have given. */
  plug(namespace: string, ports: readonly BuiltPort[]): Promise<void>;
  /** When it resolves, nothing the ports' servers send goes anywhere. */
  unplug(portIds: readonly string[]): Promise<void>;
}

/** Does something, or leaves nothing of it behind. */
export async function undoing(work: () => Promise<void>, undo: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await undo();
    throw error;
  }
}

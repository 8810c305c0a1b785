/** A process that holds a hypervisor with one server until it is killed: what a crash of the lab's daemon leaves behind. */
import { edgeRegion, nodePort, nodeServer } from "./edgeRegion.ts";
import { openLabHost } from "./labHost.ts";

const [name = "", stateDir] = process.argv.slice(2);

async function main(): Promise<void> {
  const lab = await openLabHost(name, stateDir);
  await lab.hypervisor.converge(edgeRegion([nodePort(1, [])], [nodeServer(1)]));
  await lab.shell(1, "echo kept > /var/lib/note");
  process.send?.("up");
}

// Whoever started this process sees its messages, and not what it prints.
main().catch((error: unknown) => {
  process.send?.(error instanceof Error ? (error.stack ?? error.message) : String(error), () => process.exit(1));
});

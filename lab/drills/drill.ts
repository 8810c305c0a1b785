/** The drills: a fault to inject on the node that holds the address, and how to take it back. */
import { UserError } from "../../toolchain/userError.ts";
import type { LabControl } from "../control/api.ts";

/** The agent's name on the servers, as its unit is called. */
const UNIT = "failover-agent";
const COMMAND = "/opt/failover-agent/current/failover-agent";

/** What is done to the master, and undone after the measurement. */
export interface Drill {
  readonly name: string;
  /** One line for people. */
  readonly what: string;
  inject(lab: LabControl, server: string): Promise<void>;
  restore(lab: LabControl, server: string): Promise<void>;
}

const systemctl = (lab: LabControl, server: string, ...args: string[]): Promise<void> =>
  run(lab, server, ["systemctl", ...args]);

async function run(lab: LabControl, server: string, argv: readonly string[]): Promise<void> {
  const { status, stderr } = await lab.run(server, argv);
  if (status !== 0) throw new Error(`${argv.join(" ")} on ${server} failed with status ${status}: ${stderr.trim()}`);
}

const nothing = (): Promise<void> => Promise.resolve();

export const drills: readonly Drill[] = [
  {
    name: "power-off",
    what: "the master loses power: no goodbye, its links are gone at once",
    inject: (lab, server) => lab.powerCut(server),
    restore: (lab, server) => lab.start(server),
  },
  {
    name: "stop-agent",
    what: "the master's agent is stopped as for maintenance: it hands over",
    inject: (lab, server) => systemctl(lab, server, "stop", UNIT),
    restore: (lab, server) => systemctl(lab, server, "start", UNIT),
  },
  {
    name: "drain",
    what: "the master is drained for maintenance: it hands over and its agent runs on",
    inject: (lab, server) => run(lab, server, [COMMAND, "drain"]),
    restore: (lab, server) => run(lab, server, [COMMAND, "undrain"]),
  },
  {
    name: "kill-agent",
    what: "the master's agent is killed with SIGKILL: its address stays behind until systemd resigns for it",
    inject: (lab, server) => systemctl(lab, server, "kill", "--signal=KILL", "--kill-whom=main", UNIT),
    restore: nothing,
  },
  {
    name: "link-down",
    what: "the master's cable is pulled: it sees its carrier go",
    inject: (lab, server) => lab.setLink(server, "carrier-down"),
    restore: (lab, server) => lab.setLink(server, "up"),
  },
  {
    name: "blackhole",
    what: "the master's frames are dropped on the way: it sees nothing wrong",
    inject: (lab, server) => lab.setLink(server, "blackhole"),
    restore: (lab, server) => lab.setLink(server, "up"),
  },
  {
    name: "private-link-down",
    what: "the master's cable on the private network is pulled: it sees that, and the world still reaches it",
    inject: (lab, server) => lab.setLink(server, "carrier-down", "private"),
    restore: (lab, server) => lab.setLink(server, "up", "private"),
  },
];

/** @throws UserError that lists the drills there are */
export function drillNamed(name: string): Drill {
  const found = drills.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const known = drills.map((candidate) => candidate.name).join(", ");
  throw new UserError(`there is no drill named "${name}"`, `use one of: ${known}`);
}

/** `npm run lab -- cloud ...`: faults of the cloud's APIs, and OVH's double in hand. */
import { Command, InvalidArgumentError, Option } from "commander";
import { connectToCloud } from "./control/client.ts";
import type { CloudControl, CloudFault, OvhAdjustment, OvhStatus } from "./control/cloudWords.ts";
import { durationMs } from "./duration.ts";
import { CLOUD_OPTION, LAB_OPTION, type LabChoice } from "./labOptions.ts";
import { labFiles, labSettings } from "./settings/settings.ts";
import { table } from "./table.ts";

interface FailOptions {
  readonly path: string;
  readonly method?: string;
  readonly status?: number;
  readonly body?: string;
  readonly delay?: number;
  readonly after?: true;
  readonly never?: true;
  readonly reset?: true;
  readonly times?: number;
  readonly for?: number;
}

interface OvhOptions {
  readonly json?: true;
  readonly move?: number;
  readonly release?: "start" | "end";
  readonly pendingShows?: "old" | "new";
  readonly stuck?: number;
  readonly stale?: number;
  readonly clockOffset?: number;
  readonly limit?: number;
  readonly tokenLifetime?: number;
  readonly newInstance?: number;
}

const whole = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("it is no whole number from 1 up.");
  return number;
};

/** The fault that the options describe. */
export function faultOf(options: FailOptions): CloudFault {
  const { path, method, status, body, delay, times } = options;
  const outcome = options.never ? "never" : options.reset ? "reset" : undefined;
  return {
    path,
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(status === undefined ? {} : { status }),
    ...(body === undefined ? {} : { body }),
    ...(delay === undefined ? {} : { delayMs: delay }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(options.after ? { timing: "after" as const } : {}),
    ...(times === undefined ? {} : { times }),
    ...(options.for === undefined ? {} : { forMs: options.for }),
  };
}

/** The change of behaviour that the options describe. `now` is in milliseconds since the epoch. */
export function adjustmentOf(options: OvhOptions, now: number): OvhAdjustment {
  const { move, release, pendingShows, stuck, stale, clockOffset, limit, tokenLifetime, newInstance } = options;
  return {
    ...(move === undefined ? {} : { moveMs: move }),
    ...(release === undefined ? {} : { releaseAt: release }),
    ...(pendingShows === undefined ? {} : { pendingShows }),
    ...(stuck === undefined ? {} : { stuckUntil: now + stuck }),
    ...(stale === undefined ? {} : { staleUntil: now + stale }),
    ...(clockOffset === undefined ? {} : { clockOffsetMs: clockOffset }),
    ...(limit === undefined ? {} : { requestsPerMinute: limit }),
    ...(tokenLifetime === undefined ? {} : { tokenLifetimeMs: tokenLifetime }),
    ...(newInstance === undefined ? {} : { newInstanceMs: newInstance }),
  };
}

function describeOvh({ projectId, vrack, failoverIps, requests }: OvhStatus): string {
  const inVrack = vrack === null ? "none" : `${vrack.name}${vrack.hasProject ? "" : " (without the project)"}`;
  const addresses = failoverIps.map(({ address, routedTo, reaches, movingTo }) => [
    address,
    routedTo ?? "-",
    reaches ?? "-",
    movingTo ?? "-",
  ]);
  const counts = requests.map(({ credential, source, total, busiestMinute, refused }) => [
    credential,
    source,
    String(total),
    String(busiestMinute),
    String(refused),
  ]);
  return [
    table([
      ["project", projectId],
      ["vRack", inVrack],
    ]),
    table([["FAILOVER IP", "ROUTED TO", "REACHES", "MOVING TO"], ...addresses]),
    table([["CREDENTIAL", "FROM", "REQUESTS", "BUSIEST MINUTE", "REFUSED"], ...counts]),
  ].join("\n\n");
}

/** The command, with its sub-commands. */
export function cloudCommand(print: (text: string) => void): Command {
  const command = new Command("cloud").description("make the cloud's APIs misbehave, and look at OVH's double");
  const add = (signature: string, description: string): Command =>
    command.command(signature).description(description).addOption(LAB_OPTION).addOption(CLOUD_OPTION);
  const cloud = (choice: LabChoice): CloudControl =>
    connectToCloud(labFiles(labSettings(choice.lab, choice.cloud)).controlSocket);

  add("fail", "spoil the requests whose path matches")
    .requiredOption("--path <expression>", "regular expression, such as /ip/failover/.*/attach$")
    .option("--method <method>", "this method only")
    .option("--status <code>", "answer with this status", whole)
    .option("--body <text>", "answer with this text, as HTML")
    .option("--delay <duration>", "answer later", durationMs)
    .option("--after", "do what was asked all the same")
    .option("--never", "never answer")
    .option("--reset", "reset the connection")
    .option("--times <count>", "so many requests", whole)
    .option("--for <duration>", "for so long", durationMs)
    .action((options: FailOptions & LabChoice) => cloud(options).fail(faultOf(options)));
  add("heal", "take all faults off").action((options: LabChoice) => cloud(options).heal());
  add("shut", "refuse the servers' connections to the APIs").action((options: LabChoice) =>
    cloud(options).setReachable(false),
  );
  add("open", "accept them again").action((options: LabChoice) => cloud(options).setReachable(true));
  for (const verb of ["revoke", "validate"] as const) {
    add(`${verb} <credential>`, `${verb} a consumer key by its number, a service account by its client id`).action(
      (credential: string, options: LabChoice) =>
        verb === "revoke"
          ? cloud(options).revokeOvhCredential(credential)
          : cloud(options).validateOvhCredential(credential),
    );
  }
  addOvh(add, cloud, print);
  return command;
}

function addOvh(
  add: (signature: string, description: string) => Command,
  cloud: (options: LabChoice) => CloudControl,
  print: (text: string) => void,
): void {
  add("ovh", "show OVH's double, after changing how it behaves")
    .option("--move <duration>", "how long a failover IP's move takes", durationMs)
    .addOption(new Option("--release <when>", "when the old server loses it").choices(["start", "end"]))
    .addOption(new Option("--pending-shows <which>", "whom routedTo names in a move").choices(["old", "new"]))
    .option("--stuck <duration>", "no move ends before", durationMs)
    .option("--stale <duration>", "answer as before the last move", durationMs)
    .option("--clock-offset <duration>", "how far its clock is ahead", durationMs)
    .option("--limit <count>", "requests a credential has a minute", whole)
    .option("--token-lifetime <duration>", "of OAuth2 tokens", durationMs)
    .option("--new-instance <duration>", "refuse younger instances with 400", durationMs)
    .option("--json", "print JSON for machines")
    .action(async (options: OvhOptions & LabChoice) => {
      const control = cloud(options);
      await control.adjustOvh(adjustmentOf(options, Date.now()));
      const status = await control.ovh();
      print(options.json ? JSON.stringify(status, null, 2) : describeOvh(status));
    });
}

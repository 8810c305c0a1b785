/** Services that the host starts when it boots: seen before and after an installation, so that no package adds any. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../toolchain/command.ts";

/** What starts at boot: systemd's units by name, and scripts of /etc/init.d by name. */
export interface BootServices {
  readonly units: ReadonlySet<string>;
  readonly scripts: ReadonlySet<string>;
}

/** Reads them from the links that systemctl(1) and update-rc.d(8) make below `etc`. */
export async function bootServices(etc = "/etc"): Promise<BootServices> {
  const system = join(etc, "systemd", "system");
  const wants = (await list(system)).filter((name) => name.endsWith(".wants"));
  const units = await Promise.all(wants.map((folder) => list(join(system, folder))));
  const levels = (await list(etc)).filter((name) => /^rc[2-5S]\.d$/.test(name));
  const links = await Promise.all(levels.map((folder) => list(join(etc, folder))));
  const scripts = links.flat().flatMap((link) => /^S\d\d(.+)$/.exec(link)?.[1] ?? []);
  return { units: new Set(units.flat()), scripts: new Set(scripts) };
}

/** Has the host start at boot what it started before, and nothing that was added since. */
export async function forgetAddedServices(before: BootServices, env: NodeJS.ProcessEnv): Promise<void> {
  const { units, scripts } = await bootServices();
  const added = {
    units: [...units].filter((unit) => !before.units.has(unit)),
    scripts: [...scripts].filter((script) => !before.scripts.has(script)),
  };
  if (added.units.length > 0) {
    await runCommand(["systemctl", "disable", "--quiet", ...added.units], { env, accept: "any" });
  }
  for (const script of added.scripts) await runCommand(["update-rc.d", script, "disable"], { env, accept: "any" });
}

async function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

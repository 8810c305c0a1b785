/**
 * The databases of a new OpenStack. Migrations take longer than all the rest of a start, and end in the same tables each
 * time: so the first time leaves a template in the cache, which holds no secret, and later ones copy it.
 */
import { chown, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../toolchain/command.ts";
import type { Setting } from "./configuration/common.ts";
import { glanceConf } from "./configuration/glance.ts";
import { keystoneDir } from "./configuration/keystone.ts";
import { DATABASE_SERVER, INSTALL_DATABASE, sql } from "./configuration/mariadb.ts";
import { ml2Conf, neutronConf } from "./configuration/neutron.ts";
import { CELL_ADDRESSES, novaConf, novaDatabaseConf } from "./configuration/nova.ts";
import { placementDir } from "./configuration/placement.ts";
import type { Launcher } from "./launcher.ts";
import { isThere } from "./presence.ts";
import { foundation } from "./services.ts";
import type { Places } from "./settings/places.ts";
import { copyTemplate, publishTemplate, templatePath } from "./template.ts";

const SCHEMAS = ["keystone", "placement", "glance", "neutron", "nova_api", "nova_cell0", "nova_cell1"] as const;

/** How long a database server takes to close its files. */
const STOP_DEADLINE_MS = 30_000;

/** Where databases come from at this start. */
export type Databases =
  /** An earlier life of this lab. */
  | { readonly kind: "kept" }
  /** The template. */
  | { readonly kind: "copied" }
  /** There are none; this is where the template belongs. */
  | { readonly kind: "none"; readonly template: string };

/** Prepares the databases' folder, before there is a container. */
export async function prepareDatabases(places: Places, cacheDir: string): Promise<Databases> {
  if (await isThere(doneMark(places))) return { kind: "kept" };
  // What half a start left is of no use.
  await rm(places.data, { recursive: true, force: true });
  await mkdir(places.data, { recursive: true, mode: 0o700 });
  const template = await templatePath(cacheDir, SCHEMAS);
  if (await copyTemplate(template, places.databases)) {
    await writeFile(doneMark(places), "");
    return { kind: "copied" };
  }
  await mkdir(places.databases, { mode: 0o700 });
  const owner = await userId("mysql");
  await chown(places.databases, owner.uid, owner.gid);
  return { kind: "none", template };
}

/** Makes tables where there are none, and the template of them. No database server runs before or after. */
export async function initialiseDatabases(
  launcher: Launcher,
  setting: Setting,
  template: string,
  detail: (text: string) => void,
): Promise<void> {
  const { places } = setting;
  detail("databases: an empty one");
  await launcher.run(INSTALL_DATABASE);
  await launcher.start(foundation().filter(({ argv }) => argv === DATABASE_SERVER));
  await launcher.run(sql(SCHEMAS.map((schema) => `create database ${schema} character set utf8mb3;`).join(" ")));
  // Two lanes, as there are two cores on a small machine.
  await Promise.all(
    lanes(setting).map(async (lane) => {
      for (const { title, argv } of lane) {
        detail(`database schemas: ${title}`);
        await launcher.run(argv);
      }
    }),
  );
  detail("databases: a template for the next time");
  await launcher.stop((name) => name === "mariadb", STOP_DEADLINE_MS);
  await publishTemplate(places.databases, template);
  await writeFile(doneMark(places), "");
}

interface Migration {
  readonly title: string;
  readonly argv: readonly string[];
}

function lanes(setting: Setting): readonly (readonly Migration[])[] {
  const nova = ["nova-manage", "--config-file", novaConf(setting), "--config-file", novaDatabaseConf(setting)];
  const { queue, cell0, cell1 } = CELL_ADDRESSES;
  const neutron = ["--config-file", neutronConf(setting), "--config-file", ml2Conf(setting)];
  return [
    [
      { title: "keystone", argv: ["keystone-manage", "--config-dir", keystoneDir(setting), "db_sync"] },
      { title: "glance", argv: ["glance-manage", "--config-file", glanceConf(setting), "db_sync"] },
      { title: "neutron", argv: ["neutron-db-manage", ...neutron, "upgrade", "heads"] },
    ],
    [
      { title: "nova", argv: [...nova, "api_db", "sync"] },
      { title: "nova", argv: [...nova, "cell_v2", "map_cell0", "--database_connection", cell0] },
      { title: "nova", argv: [...nova, "db", "sync"] },
      {
        title: "nova",
        argv: [
          ...[...nova, "cell_v2", "create_cell", "--name", "cell1"],
          ...["--transport-url", queue, "--database_connection", cell1],
        ],
      },
      { title: "placement", argv: ["placement-manage", "--config-dir", placementDir(setting), "db", "sync"] },
    ],
  ];
}

const doneMark = ({ data }: Places): string => join(data, "databases-are-made");

/** The user and group that a package made for its service. */
export async function userId(name: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const { stdout } = await runCommand(["getent", "passwd", name]);
  const [, , uid, gid] = stdout.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

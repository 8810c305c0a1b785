/** Glance's configuration: images are files. */
import { join } from "node:path";
import { portOf } from "../settings/places.ts";
import { behindGateway, type ConfigurationFile, database, locks, type Setting, tokenCheck } from "./common.ts";
import { renderIni } from "./ini.ts";

export const glanceConf = ({ places }: Pick<Setting, "places">): string =>
  join(places.etc, "glance", "glance-api.conf");

export function glanceConfiguration(setting: Setting): readonly ConfigurationFile[] {
  const store = (name: string) => ({ filesystem_store_datadir: join(setting.places.data, "glance", name) });
  const text = renderIni({
    DEFAULT: {
      use_stderr: true,
      bind_host: "127.0.0.1",
      bind_port: portOf("image"),
      workers: 0,
      enabled_backends: "fs:file",
    },
    database: database("glance"),
    glance_store: { default_backend: "fs" },
    fs: store("images"),
    os_glance_staging_store: store("staging"),
    os_glance_tasks_store: store("tasks"),
    paste_deploy: { flavor: "keystone", config_file: "/etc/glance/glance-api-paste.ini" },
    oslo_concurrency: locks(setting),
    oslo_messaging_notifications: { driver: "noop" },
    oslo_middleware: behindGateway,
    keystone_authtoken: tokenCheck(setting, "glance"),
  });
  return [{ path: glanceConf(setting), text }];
}

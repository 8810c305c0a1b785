/** Placement's configuration. */
import { join } from "node:path";
import { behindGateway, type ConfigurationFile, database, type Setting, tokenCheck } from "./common.ts";
import { renderIni } from "./ini.ts";

export const placementDir = ({ places }: Pick<Setting, "places">): string => join(places.etc, "placement");

export function placementConfiguration(setting: Setting): readonly ConfigurationFile[] {
  const text = renderIni({
    DEFAULT: { use_stderr: true },
    api: { auth_strategy: "keystone" },
    placement_database: database("placement"),
    oslo_middleware: behindGateway,
    keystone_authtoken: tokenCheck(setting, "placement"),
  });
  return [{ path: join(placementDir(setting), "placement.conf"), text }];
}

/** The message queue's configuration. Compute hosts reach it over the underlay, nobody else does. */
import { join } from "node:path";
import { CONTROL_ADDRESS } from "../settings/networks.ts";
import { QUEUE_DIR, QUEUE_PORT } from "../settings/places.ts";
import { QUEUE_USER, type Setting } from "./common.ts";

const CONF = "rabbitmq.conf";
const PLUGINS = "enabled_plugins";

/** Files in the queue's own folder, which its user reads. */
export function queueConfiguration({ secrets }: Pick<Setting, "secrets">): ReadonlyMap<string, string> {
  const lines = [
    `listeners.tcp.1 = ${CONTROL_ADDRESS}:${QUEUE_PORT}`,
    "log.console = true",
    "log.console.level = warning",
    "log.file = false",
    `default_user = ${QUEUE_USER}`,
    `default_pass = ${secrets.queue}`,
    "vm_memory_high_watermark.absolute = 1GB",
    "disk_free_limit.absolute = 50MB",
  ];
  return new Map([
    [CONF, `${lines.join("\n")}\n`],
    [PLUGINS, "[].\n"],
  ]);
}

/** One scheduler that does not spin while it has nothing to do. */
const ERLANG = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none";

export const QUEUE_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: QUEUE_DIR,
  TMPDIR: QUEUE_DIR,
  RABBITMQ_NODENAME: "vipf@localhost",
  RABBITMQ_CONFIG_FILE: join(QUEUE_DIR, CONF),
  RABBITMQ_ENABLED_PLUGINS_FILE: join(QUEUE_DIR, PLUGINS),
  RABBITMQ_MNESIA_BASE: join(QUEUE_DIR, "mnesia"),
  RABBITMQ_LOG_BASE: QUEUE_DIR,
  RABBITMQ_PID_FILE: join(QUEUE_DIR, "pid"),
  RABBITMQ_CONF_ENV_FILE: "/dev/null",
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: ERLANG,
  ERL_EPMD_ADDRESS: "127.0.0.1",
};

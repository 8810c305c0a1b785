/** How each kind of polled check looks. */
import type { PolledCheckConfig } from "../../config/check.ts";
import { lookByCommand } from "./commandLook.ts";
import { lookForFile } from "./fileLook.ts";
import { lookAtUrl } from "./httpLook.ts";
import { type Look, simpleLook } from "./look.ts";
import { lookByPing } from "./pingLook.ts";
import { lookForProcess } from "./processLook.ts";
import { lookAtPort } from "./tcpLook.ts";

export function lookOf(check: PolledCheckConfig): Look {
  switch (check.kind) {
    case "ping":
      return simpleLook((signal) => lookByPing(check.ping, check.interface, signal));
    case "tcp":
      return simpleLook((signal) => lookAtPort(check.tcp, signal));
    case "http":
      return simpleLook((signal) => lookAtUrl(check, signal));
    case "command":
      return (signal) => lookByCommand(check.command, signal);
    case "process":
      return simpleLook((signal) => lookForProcess(check.process, signal));
    case "file":
      return simpleLook(() => lookForFile(check.file, check.absent));
  }
}

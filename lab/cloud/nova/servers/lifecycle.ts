/** A server's life: what its state is called, what may be done in it, and what the hypervisor's reports make of it. */
import type { ServerState } from "../../../host/region.ts";
import { ApiError } from "../../http/errors.ts";
import type { Server, ServerTask, View } from "../../state/state.ts";

export type VmKind = Server["vm"]["kind"];

/** The `status` of the API (nova/api/openstack/common.py, _STATE_MAP). */
export function serverStatus({ vm, task }: View<Server>): string {
  switch (task?.kind) {
    case "rebooting":
      return task.how === "hard" ? "HARD_REBOOT" : "REBOOT";
    case "rebuilding":
      return "REBUILD";
    case "resizing":
      return "RESIZE";
    case "reverting-resize":
      return "REVERT_RESIZE";
    case undefined:
    case "spawning":
    case "powering-on":
    case "powering-off":
    case "deleting":
      return vmStatus(vm.kind);
  }
}

function vmStatus(kind: VmKind): string {
  switch (kind) {
    case "building":
      return "BUILD";
    case "active":
      return "ACTIVE";
    case "stopped":
      return "SHUTOFF";
    case "resized":
      return "VERIFY_RESIZE";
    case "error":
      return "ERROR";
  }
}

/** Nova's name of a task (nova/compute/task_states.py). */
export function taskName(task: View<ServerTask> | null): string | null {
  switch (task?.kind) {
    case undefined:
      return null;
    case "rebooting":
      return task.how === "hard" ? "rebooting_hard" : "rebooting";
    case "resizing":
      return "resize_migrating";
    case "reverting-resize":
      return "resize_reverting";
    case "spawning":
    case "powering-on":
    case "powering-off":
    case "rebuilding":
    case "deleting":
      return task.kind;
  }
}

/** Nova's power_state: 1 running, 4 shut down, 0 not known. */
export function powerState({ vm, power }: View<Server>): 0 | 1 | 4 {
  switch (vm.kind) {
    case "active":
      return 1;
    case "resized":
      return power === "on" ? 1 : 4;
    case "stopped":
      return 4;
    case "building":
    case "error":
      return 0;
  }
}

/** Refuses an action in a state that does not allow it, with Nova's 409. */
export function requireState(server: View<Server>, action: string, allowed: readonly VmKind[]): void {
  const cannot = `Cannot '${action}' instance ${server.id} while it is in`;
  if (!allowed.includes(server.vm.kind)) throw new ApiError(409, `${cannot} vm_state ${server.vm.kind}`);
  if (server.task !== null) throw new ApiError(409, `${cannot} task_state ${taskName(server.task)}`);
}

/** Takes in what the hypervisor says of a server. */
export function observe(server: Server, report: ServerState, now: number): void {
  if (server.task?.kind === "deleting") return; // it is going anyway; the end of it is when the region has converged
  switch (report.kind) {
    case "building":
      return;
    case "active":
      becomeActive(server, now);
      break;
    case "shutoff":
      becomeShutoff(server);
      break;
    case "error":
      server.vm = { kind: "error", message: report.reason, at: now };
      server.task = null;
      server.power = "off"; // not tried again by itself: a reboot or rebuild is the owner's word
      break;
  }
  server.updatedAt = now;
}

function becomeActive(server: Server, now: number): void {
  // A report on its way while the owner asked for the machine to stop says nothing new.
  if (server.power === "off") return;
  switch (server.task?.kind) {
    case "resizing":
      server.vm = { kind: "resized", oldFlavorId: server.task.oldFlavorId };
      break;
    case undefined:
      if (server.vm.kind !== "resized") server.vm = { kind: "active" };
      break;
    case "spawning":
    case "powering-on":
    case "powering-off":
    case "rebooting":
    case "rebuilding":
    case "reverting-resize":
    case "deleting":
      server.vm = { kind: "active" };
  }
  server.task = null;
  server.launchedAt ??= now;
}

/**
 * A machine that went by itself or whose plug was pulled stays off until somebody starts it. One that restarts is not
 * reported as shut off on its way, so this is the end of any task.
 */
function becomeShutoff(server: Server): void {
  server.power = "off";
  server.task = null;
  if (server.vm.kind !== "error" && server.vm.kind !== "resized") server.vm = { kind: "stopped" };
}

/**
 * What a restart of the cloud makes of a server: its machine went down with the host. One that was on is started again
 * and is SHUTOFF until it runs.
 */
export function afterRestart(server: Server): void {
  if (server.task?.kind === "deleting" || server.vm.kind === "error") return;
  if (server.vm.kind === "building") return;
  if (server.task?.kind === "resizing") {
    server.vm = { kind: "resized", oldFlavorId: server.task.oldFlavorId };
    server.task = null;
  } else if (server.vm.kind !== "resized") {
    server.vm = { kind: "stopped" };
    server.task = server.power === "on" ? { kind: "powering-on" } : null;
  }
}

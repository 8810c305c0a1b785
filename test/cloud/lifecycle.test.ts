/** What the hypervisor's reports make of a server: every state and task against every report. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ApiError } from "../../lab/cloud/http/errors.ts";
import { afterRestart, observe, requireState, serverStatus } from "../../lab/cloud/nova/servers/lifecycle.ts";
import type { Server, ServerTask } from "../../lab/cloud/state/state.ts";
import type { ServerState } from "../../lab/host/region.ts";

const NOW = 1_000;

function server(vm: Server["vm"], task: ServerTask | null, power: Server["power"] = "on"): Server {
  return {
    id: "s",
    number: 1,
    name: "edge-1",
    description: null,
    imageId: "i",
    flavorId: "new",
    keyName: null,
    configDriveAsked: true,
    configDrive: {},
    metadata: {},
    tags: [],
    serverGroupId: null,
    host: "compute-1",
    portIds: [],
    ownPortIds: [],
    power,
    generation: 1,
    vm,
    task,
    createdAt: 0,
    updatedAt: 0,
    launchedAt: null,
  };
}

const building: Server["vm"] = { kind: "building" };
const active: Server["vm"] = { kind: "active" };
const stopped: Server["vm"] = { kind: "stopped" };
const resized: Server["vm"] = { kind: "resized", oldFlavorId: "old" };
const failed: Server["vm"] = { kind: "error", message: "broken", at: 0 };

const reports: Record<"active" | "shutoff" | "error" | "building", ServerState> = {
  active: { kind: "active" },
  shutoff: { kind: "shutoff" },
  error: { kind: "error", reason: "no room" },
  building: { kind: "building" },
};

describe("a server's life", () => {
  /** Before, the report, and what the API says after, with the power wanted. */
  const table: readonly [string, Server, keyof typeof reports, string, Server["power"]][] = [
    ["a new machine runs", server(building, { kind: "spawning" }), "active", "ACTIVE", "on"],
    ["a new machine is on its way", server(building, { kind: "spawning" }), "building", "BUILD", "on"],
    ["a new machine dies in its first boot", server(building, { kind: "spawning" }), "shutoff", "SHUTOFF", "off"],
    ["a new machine cannot be made", server(building, { kind: "spawning" }), "error", "ERROR", "off"],
    ["a machine dies by itself", server(active, null), "shutoff", "SHUTOFF", "off"],
    ["a machine fails", server(active, null), "error", "ERROR", "off"],
    ["a stop is done", server(active, { kind: "powering-off" }, "off"), "shutoff", "SHUTOFF", "off"],
    [
      "a late word of a machine told to stop",
      server(active, { kind: "powering-off" }, "off"),
      "active",
      "ACTIVE",
      "off",
    ],
    ["a start is done", server(stopped, { kind: "powering-on" }), "active", "ACTIVE", "on"],
    ["a start fails", server(stopped, { kind: "powering-on" }), "error", "ERROR", "off"],
    [
      "the plug is pulled during a reboot",
      server(active, { kind: "rebooting", how: "soft" }),
      "shutoff",
      "SHUTOFF",
      "off",
    ],
    ["a reboot is half way", server(active, { kind: "rebooting", how: "soft" }), "building", "REBOOT", "on"],
    ["a hard reboot is half way", server(failed, { kind: "rebooting", how: "hard" }), "building", "HARD_REBOOT", "on"],
    ["a reboot is done", server(active, { kind: "rebooting", how: "hard" }), "active", "ACTIVE", "on"],
    ["a rebuild is half way", server(active, { kind: "rebuilding" }), "building", "REBUILD", "on"],
    ["a rebuild is done", server(failed, { kind: "rebuilding" }), "active", "ACTIVE", "on"],
    ["a resize is half way", server(active, { kind: "resizing", oldFlavorId: "old" }), "building", "RESIZE", "on"],
    ["a resize is done", server(active, { kind: "resizing", oldFlavorId: "old" }), "active", "VERIFY_RESIZE", "on"],
    ["a revert is half way", server(resized, { kind: "reverting-resize" }), "building", "REVERT_RESIZE", "on"],
    ["a revert is done", server(resized, { kind: "reverting-resize" }), "active", "ACTIVE", "on"],
    [
      "a resized machine dies and keeps waiting for the owner",
      server(resized, null),
      "shutoff",
      "VERIFY_RESIZE",
      "off",
    ],
    ["a resized machine says again that it runs", server(resized, null), "active", "VERIFY_RESIZE", "on"],
    ["a machine that is being deleted goes down", server(active, { kind: "deleting" }), "shutoff", "ACTIVE", "on"],
    ["a failed machine goes down", server(failed, null, "off"), "shutoff", "ERROR", "off"],
  ];
  for (const [name, before, report, status, power] of table) {
    it(`${name}: ${serverStatus(before)} + ${report} = ${status}, power ${power}`, () => {
      const after = structuredClone(before);
      observe(after, reports[report], NOW);
      assert.equal(serverStatus(after), status);
      assert.equal(after.power, power);
    });
  }

  it("keeps the reason of an error, and the time of the first start", () => {
    const one = server(building, { kind: "spawning" });
    observe(one, reports.active, NOW);
    observe(one, reports.active, NOW + 1);
    assert.equal(one.launchedAt, NOW);
    observe(one, reports.error, NOW + 2);
    assert.deepEqual(one.vm, { kind: "error", message: "no room", at: NOW + 2 });
  });

  it("refuses an action in the wrong state or during a task", () => {
    const busy = server(active, { kind: "rebuilding" });
    assert.throws(
      () => {
        requireState(busy, "reboot", ["active"]);
      },
      (error) => {
        assert.ok(error instanceof ApiError);
        assert.equal(error.status, 409);
        assert.equal(error.message, "Cannot 'reboot' instance s while it is in task_state rebuilding");
        return true;
      },
    );
    assert.throws(() => {
      requireState(server(stopped, null), "stop", ["active"]);
    }, /in vm_state stopped/);
    requireState(server(active, null), "stop", ["active"]);
  });

  describe("after a restart of the cloud", () => {
    const restarts: readonly [string, Server, string, ServerTask["kind"] | undefined][] = [
      ["one that ran is started again", server(active, null), "SHUTOFF", "powering-on"],
      ["one that was off stays off", server(stopped, null, "off"), "SHUTOFF", undefined],
      ["one that was built goes on being built", server(building, { kind: "spawning" }), "BUILD", "spawning"],
      ["one that failed stays failed", server(failed, null, "off"), "ERROR", undefined],
      [
        "one that was rebooted is started",
        server(active, { kind: "rebooting", how: "soft" }),
        "SHUTOFF",
        "powering-on",
      ],
      [
        "one that was resized waits for the owner",
        server(active, { kind: "resizing", oldFlavorId: "old" }),
        "VERIFY_RESIZE",
        undefined,
      ],
      ["one that was deleted goes on going", server(active, { kind: "deleting" }), "ACTIVE", "deleting"],
    ];
    for (const [name, before, status, taskKind] of restarts) {
      it(name, () => {
        const after = structuredClone(before);
        afterRestart(after);
        assert.equal(serverStatus(after), status);
        assert.equal(after.task?.kind, taskKind);
      });
    }
  });
});

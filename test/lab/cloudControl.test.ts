/** The lab's cloud over the control socket and on the command line. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { USUAL_BEHAVIOUR } from "../../lab/cloud/ovh/context/behaviour.ts";
import { adjustmentOf, cloudCommand, faultOf } from "../../lab/cloudCommand.ts";
import type { LabControl } from "../../lab/control/api.ts";
import { connectToCloud } from "../../lab/control/client.ts";
import type { CloudControl } from "../../lab/control/cloudWords.ts";
import { serveControl } from "../../lab/control/server.ts";
import type { ApiDoorway } from "../../lab/daemon/apiDoorway.ts";
import { cloudControlOf } from "../../lab/daemon/cloudControl.ts";
import { durationMs } from "../../lab/duration.ts";
import { CloudUnderTest } from "../cloud/cloudUnderTest.ts";
import { OvhCaller, projectPath } from "../cloud/ovhClient.ts";

const refuse = (): Promise<never> => Promise.reject(new Error("not asked for here"));
const NO_SERVERS: LabControl = { status: refuse, powerCut: refuse, start: refuse, run: refuse, setLink: refuse };

describe("the cloud on the control socket", () => {
  let cloud: CloudUnderTest;
  let server: { close(): Promise<void> };
  let control: CloudControl;
  const doorway: ApiDoorway & { said: boolean[] } = {
    said: [],
    setOpen(open) {
      this.said.push(open);
      return Promise.resolve();
    },
  };

  before(async () => {
    cloud = await CloudUnderTest.start();
    const socket = join(cloud.folder, "control.sock");
    server = await serveControl(
      socket,
      NO_SERVERS,
      cloudControlOf({ faults: cloud.cloud.faults, doubles: cloud.cloud }, doorway),
    );
    control = connectToCloud(socket);
  });
  after(async () => {
    await server.close();
    await cloud.end();
  });

  it("puts faults in force and takes them off", async () => {
    await control.fail({ path: "/networks$", status: 500, body: "<html>", times: 2 });
    const [rule] = cloud.cloud.faults.rules();
    assert.deepEqual(rule, { path: /\/networks$/, status: 500, body: "<html>", times: 2 });
    await control.setReachable(false);
    await control.adjustOvh({ moveMs: 5000, stuckUntil: 7 });
    assert.deepEqual((await control.ovh()).behaviour, { ...USUAL_BEHAVIOUR, moveMs: 5000, stuckUntil: 7 });
    await control.heal();
    assert.deepEqual(cloud.cloud.faults.rules(), []);
    assert.deepEqual((await control.ovh()).behaviour, USUAL_BEHAVIOUR);
    assert.deepEqual(doorway.said, [false, true]);
    await assert.rejects(control.fail({ path: "(" }), /the path "\(" is no regular expression/);
  });

  it("makes keys, counts what they are used for, and revokes them", async () => {
    const rules = [{ method: "GET" as const, path: "/cloud/*" }];
    const key = await control.makeOvhKey({ name: "agent", rules });
    const agent = OvhCaller.withKey(cloud, key);
    await agent.done("GET", `${projectPath(cloud)}/ip/failover`);
    const { requests, failoverIps, vrack } = await control.ovh();
    assert.deepEqual(
      requests.map(({ credential, total }) => [credential, total]),
      [[key.credential, 1]],
    );
    assert.equal(failoverIps[0]?.routedTo, null);
    assert.deepEqual(vrack, { name: "pn-100042", hasProject: true });
    await control.forgetOvhRequests();
    assert.deepEqual((await control.ovh()).requests, []);
    await control.revokeOvhCredential(key.credential);
    await agent.refused(403, "GET", `${projectPath(cloud)}/ip/failover`);
    await control.validateOvhCredential(key.credential);
    await agent.done("GET", `${projectPath(cloud)}/ip/failover`);
    await assert.rejects(control.revokeOvhCredential("nobody"), /knows no credential "nobody"/);
  });
});

describe("the cloud on the command line", () => {
  it("turns options into a fault and an adjustment", () => {
    assert.deepEqual(faultOf({ path: "/x", method: "post", status: 500, times: 3, after: true, for: 1000 }), {
      path: "/x",
      method: "POST",
      status: 500,
      timing: "after",
      times: 3,
      forMs: 1000,
    });
    assert.deepEqual(faultOf({ path: "/x", never: true }), { path: "/x", outcome: "never" });
    assert.deepEqual(adjustmentOf({ move: 5000, stuck: 60_000, clockOffset: 600_000 }, 1000), {
      moveMs: 5000,
      stuckUntil: 61_000,
      clockOffsetMs: 600_000,
    });
  });

  it("reads durations with their unit", () => {
    assert.deepEqual(["500ms", "1.5s", "-10m", "1h"].map(durationMs), [500, 1500, -600_000, 3_600_000]);
    assert.throws(() => durationMs("5"), /no duration/);
  });

  it("has a word for each of what the socket offers", () => {
    const words = cloudCommand(() => undefined).commands.map((command) => command.name());
    assert.deepEqual(words, ["fail", "heal", "shut", "open", "revoke", "validate", "ovh"]);
  });
});

/** The agent's unit as systemd judges it, on a Debian machine. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const UNIT = fileURLToPath(new URL("../../agent/unit/failover-agent.service", import.meta.url));
const MOST_EXPOSED = 2.0;

describe("the agent's unit", () => {
  it("exposes no more of the machine than the agent needs", () => {
    const report = execFileSync("systemd-analyze", ["security", "--offline=true", "--no-pager", UNIT], {
      encoding: "utf8",
    });
    const [, exposure] = /Overall exposure level for failover-agent.service: (\d+\.\d)/.exec(report) ?? [];
    assert.ok(Number(exposure) <= MOST_EXPOSED, report);
  });
});

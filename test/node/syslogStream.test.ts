/** The log as the system's log daemon gets it: facility and severity in one number, the line after it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { SyslogStream } from "../../agent/logging/syslogStream.ts";
import { DatagramListener } from "../support/datagramListener.ts";

describe("node: the log through syslog", () => {
  let directory = "";
  let daemon: DatagramListener;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-syslog-"));
    daemon = new DatagramListener(join(directory, "log"));
  });
  afterEach(() => {
    daemon.close();
    rmSync(directory, { recursive: true });
  });

  const severities = { debug: 7, info: 6, warn: 4, error: 3 } as const;
  for (const [level, severity] of Object.entries(severities)) {
    it(`has facility local3 and severity ${severity} for ${level}`, () => {
      const log = pino({ level: "debug" }, new SyslogStream("local3", join(directory, "log")));
      log[level as keyof typeof severities]({ virtualRouter: "web" }, "said");
      const [head = "", json = ""] = (daemon.next() ?? "").split(": ", 2);
      assert.equal(head, `<${19 * 8 + severity}>failover-agent[${process.pid}]`);
      assert.match(json, /^\{.*$/);
    });
  }

  it("goes to the fallback, whole, when nobody listens", () => {
    const lines: string[] = [];
    const log = pino({}, new SyslogStream("daemon", join(directory, "gone"), (line) => lines.push(line)));
    log.info("said");
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /"msg":"said"\}\n$/);
  });
});

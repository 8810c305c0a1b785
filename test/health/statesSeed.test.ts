import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { NOT_OK, OK, StatesWalk } from "./statesWalk.ts";

describe("the seeds' ifstated.conf in the agent's words", () => {
  const REMOVE = "ip address delete 198.51.100.10/32 dev ens3";
  const ADD = "ip address replace 198.51.100.10/32 dev ens3";
  const MOVE = "/usr/local/bin/move-address 198.51.100.10 edge-1";
  const IS_MASTER = "logger -t states web is master";
  const IS_BACKUP = "logger -t states web is backup";

  function started(): StatesWalk {
    const walk = new StatesWalk(parse(readFileSync(new URL("fixtures/ifstated.yaml", import.meta.url), "utf8")));
    const up = (name: string): Parameters<StatesWalk["learn"]>[0] => ({ kind: "link", name, is: "up" });
    assert.deepEqual(walk.start(up("ens3"), up("ens4"), { kind: "role", name: "web", is: "init" }), [
      "-> neutral",
      "watch neutral",
    ]);
    assert.equal(walk.at, "neutral?", "the ping has not answered yet");
    assert.deepEqual(walk.answer("ping", OK), [REMOVE]);
    assert.equal(walk.at, "neutral");
    return walk;
  }

  it("becomes primary with the role: alias, then the API move", () => {
    const walk = started();
    assert.deepEqual(walk.role("backup"), [IS_BACKUP]);
    assert.deepEqual(walk.role("master"), [IS_MASTER, "unwatch neutral", "-> primary", "watch primary"]);
    assert.deepEqual(walk.answer("ping", OK), [ADD, MOVE]);
    assert.equal(walk.at, "primary");
    assert.deepEqual(walk.machine.costs(walk.state), {});
  });

  function primary(): StatesWalk {
    const walk = started();
    walk.role("master");
    walk.answer("ping", OK);
    assert.equal(walk.at, "primary");
    return walk;
  }

  it("gives the alias back when another is master", () => {
    const walk = primary();
    assert.deepEqual(walk.role("backup"), [IS_BACKUP, "unwatch primary", "-> neutral", "watch neutral"]);
    assert.deepEqual(walk.answer("ping", OK), [REMOVE]);
    assert.equal(walk.at, "neutral");
  });

  for (const lost of ["ens3", "ens4"]) {
    it(`is demoted when ${lost} loses its link, and comes back when it has it again`, () => {
      const walk = primary();
      assert.deepEqual(walk.link(lost, "down"), ["unwatch primary", "-> demoted", "watch demoted"]);
      assert.deepEqual(walk.machine.costs(walk.state), { web: 60 });
      assert.deepEqual(walk.answer("ping", NOT_OK), [REMOVE]);
      walk.role("backup");
      assert.equal(walk.at, "demoted");
      assert.deepEqual(walk.link(lost, "up"), [], "the outside is not reached yet");
      assert.deepEqual(walk.answer("ping", OK), ["unwatch demoted", "-> neutral", "watch neutral"]);
      assert.deepEqual(walk.machine.costs(walk.state), {});
    });
  }

  it("is demoted when the ping fails, master or not", () => {
    const master = primary();
    assert.deepEqual(master.answer("ping", NOT_OK), ["unwatch primary", "-> demoted", "watch demoted"]);
    const backup = started();
    backup.role("backup");
    assert.deepEqual(backup.answer("ping", NOT_OK), ["unwatch neutral", "-> demoted", "watch demoted"]);
    assert.deepEqual(backup.machine.costs(backup.state), { web: 60 });
  });

  it("pings in one state at a time", () => {
    const walk = primary();
    assert.deepEqual(walk.watched, { primary: ["ping -q -c 1 -w 1 192.0.2.1"] });
  });
});

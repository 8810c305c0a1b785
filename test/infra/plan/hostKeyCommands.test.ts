/** The replacement of a node's first host key, run in a folder that stands for the machine: finished, cut off, and again. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { deriveHostKeys } from "../../../infra/plan/host/hostKey.ts";
import { confirmHostKey, offerHostKey } from "../../../infra/plan/host/hostKeyCommands.ts";
import { SEED } from "../stacks/exampleConfig.ts";

const { first: FIRST, permanent: PERMANENT } = deriveHostKeys(SEED, ["vip-failover-test", "edge-1"]);
const FOLDER = "etc/ssh/vip-failover";
const TIMER = "etc/systemd/system/vip-failover-host-key.timer";

/** Tells the commands apart that disturb the machine, in `asked`; pulls the plug at the one named in `break`. */
const SYSTEMCTL = `#!/bin/sh
echo "$*" >>"$MACHINE/asked"
if [ -e "$MACHINE/break" ] && [ "$1" = "$(cat "$MACHINE/break")" ]; then kill -9 $PPID; fi
`;

class Machine {
  readonly #folder = mkdtempSync(join(tmpdir(), "vipf-host-key-"));

  constructor() {
    mkdirSync(this.path("bin"));
    for (const folder of ["etc/ssh", "etc/systemd/system"]) mkdirSync(this.path("root", folder), { recursive: true });
    this.#program("sudo", '#!/bin/sh\nshift\nexec "$@"\n');
    this.#program("cloud-init", "#!/bin/sh\n");
    this.#program("systemctl", SYSTEMCTL);
    writeFileSync(this.path("root/etc/ssh/ssh_host_ed25519_key"), FIRST.privateKey, { mode: 0o600 });
    writeFileSync(this.path("root/etc/ssh/ssh_host_ed25519_key.pub"), FIRST.publicKey);
  }

  path(...parts: readonly string[]): string {
    return join(this.#folder, ...parts);
  }

  #program(name: string, content: string): void {
    writeFileSync(this.path("bin", name), content, { mode: 0o755 });
  }

  #run(command: string, input: string): number | null {
    const env = { MACHINE: this.#folder, PATH: `${this.path("bin")}:${process.env["PATH"] ?? ""}` };
    return spawnSync("sh", ["-c", command], { input, env }).status;
  }

  /** Over a connection that expects the first key: whether it came about, and ended well. */
  offer(): boolean {
    return this.shown() === "first" && this.#run(offerHostKey(this.path("root")), PERMANENT.privateKey) === 0;
  }

  /** Over a connection that expects the permanent key. */
  confirm(): boolean {
    return this.shown() === "permanent" && this.#run(confirmHostKey(this.path("root")), "") === 0;
  }

  /** The timer's turn, if there is a timer. */
  turn(): void {
    if (!this.has(TIMER)) return;
    const status = this.#run(`sh ${this.path("root/etc/ssh/vip-failover/show")} other`, "");
    assert.ok(status === 0 || this.#isBroken());
  }

  /** From now on the plug is pulled at this word of systemctl's; undefined: no more. */
  breakAt(word: string | undefined): void {
    if (word === undefined) rmSync(this.path("break"), { force: true });
    else writeFileSync(this.path("break"), word);
  }

  #isBroken(): boolean {
    return existsSync(this.path("break"));
  }

  has(file: string): boolean {
    return existsSync(this.path("root", file));
  }

  /** What sshd would show. */
  shown(): "first" | "permanent" {
    const key = readFileSync(this.path("root/etc/ssh/ssh_host_ed25519_key"), "utf8");
    const half = readFileSync(this.path("root/etc/ssh/ssh_host_ed25519_key.pub"), "utf8").split(" ")[1];
    const [name, pair] = key === FIRST.privateKey ? (["first", FIRST] as const) : (["permanent", PERMANENT] as const);
    assert.deepEqual([key, half], [pair.privateKey, pair.publicKey.split(" ")[1]]);
    return name;
  }

  modeOf(file: string): string {
    return (statSync(this.path("root", file)).mode & 0o777).toString(8);
  }

  asked(): readonly string[] {
    return readFileSync(this.path("asked"), "utf8").trim().split("\n");
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** An `up` as far as the host key goes: each step is tried until the key that it expects is shown, and done once. */
function up(machine: Machine, done: Set<string>): void {
  for (const [step, run] of [
    ["offer", () => machine.offer()],
    ["confirm", () => machine.confirm()],
  ] as const) {
    if (done.has(step)) continue;
    for (let tries = 0; tries < 3 && !done.has(step); tries++) {
      if (run()) done.add(step);
      else machine.turn();
    }
    if (!done.has(step)) return;
  }
}

const isDone = (machine: Machine): boolean =>
  machine.shown() === "permanent" && !machine.has(TIMER) && !machine.has(FOLDER);

describe("the replacement of a host key", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
  });
  afterEach(() => {
    machine.remove();
  });

  it("leaves the permanent key alone on the machine, for root alone, and has sshd read it", () => {
    assert.ok(machine.offer());
    assert.equal(machine.modeOf(FOLDER), "700");
    assert.ok(machine.confirm());
    assert.ok(isDone(machine));
    assert.equal(machine.modeOf("etc/ssh/ssh_host_ed25519_key"), "600");
    assert.ok(machine.asked().includes("reload ssh"));
  });

  it("shows one key and the other in turn until it is confirmed, and the first never again after", () => {
    assert.ok(machine.offer());
    const shown = ["permanent", "first", "permanent", "first"];
    for (const expected of shown) {
      assert.equal(machine.shown(), expected);
      machine.turn();
    }
    machine.turn();
    machine.turn();
    assert.ok(machine.confirm());
    machine.turn();
    assert.ok(isDone(machine));
  });

  it("can be confirmed again, and disturbs nothing then", () => {
    up(machine, new Set());
    const asked = machine.asked().length;
    assert.ok(machine.confirm());
    assert.equal(machine.asked().length, asked);
  });

  for (const word of ["daemon-reload", "enable", "reload", "disable"]) {
    it(`is finished by the next up when the machine loses power at systemctl ${word}`, () => {
      const done = new Set<string>();
      machine.breakAt(word);
      up(machine, done);
      machine.breakAt(undefined);
      up(machine, done);
      assert.deepEqual([isDone(machine), [...done]], [true, ["offer", "confirm"]]);
    });
  }

  for (const step of ["offer", "confirm"] as const) {
    it(`is finished by the next up when the ${step} was done and nobody heard of it`, () => {
      const done = new Set<string>(step === "offer" ? [] : ["offer"]);
      assert.ok(machine.offer());
      if (step === "confirm") assert.ok(machine.confirm());
      up(machine, done);
      assert.ok(isDone(machine));
    });
  }
});

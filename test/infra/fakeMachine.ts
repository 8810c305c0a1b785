/**
 * A machine in a folder, for infra/remote/install.sh to be run on: its own root, and a systemctl that keeps the state of
 * one service and writes down what it was asked. The agent is a script that answers `status` while the service is active.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { digestFolder } from "../../infra/stackFile/release.ts";

const INSTALL_SCRIPT = join(import.meta.dirname, "..", "..", "infra", "remote", "install.sh");

const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

/**
 * What a service manager does to the one service, in `$MACHINE`: `active` says whether it runs and `running` what was
 * started. A configuration with `refuse` in it is refused by a reload, a release with `broken` in it does not start.
 */
const SYSTEMCTL = `#!/bin/sh
echo "$*" >>"$MACHINE/asked"
config=$(cat "$MACHINE/root/etc/failover-agent/agent.json" 2>/dev/null)
case "$1" in
  is-active) [ -e "$MACHINE/active" ] ;;
  restart)
    rm -f "$MACHINE/active"
    case "$(cat "$MACHINE/root/opt/failover-agent/current/failover-agent.cjs") $config" in *broken*) exit 1 ;; esac
    echo "$config" >"$MACHINE/running" && touch "$MACHINE/active" ;;
  reload)
    case "$config" in *refuse*) exit 1 ;; esac
    echo "$config" >"$MACHINE/running" ;;
esac
`;

const AGENT = `#!/bin/sh
[ "$1 $2" = "status --json" ] && [ -e "$MACHINE/active" ] && cat "$MACHINE/status"
`;
const TAKES_PART = { virtualRouters: [{ role: "backup", claim: { held: null }, held: false }] };

/** What is to run on the machine. */
export interface Wanted {
  /** Content of the bundle; two releases differ by it. */
  readonly release: string;
  readonly runtime: string;
  readonly config: string;
}

/** What one run of the script did. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was asked of systemctl that disturbs the service, in order. */
  readonly disturbed: readonly string[];
}

/** A machine in a temporary folder. */
export class FakeMachine {
  readonly #folder = mkdtempSync(join(tmpdir(), "vipf-machine-"));
  readonly #staging = join(this.#folder, "home", ".failover-agent");

  constructor() {
    mkdirSync(this.path("bin"));
    this.repair();
    this.agentSays(TAKES_PART);
  }

  /** Puts the programs it came with back. */
  repair(): void {
    this.program("systemctl", SYSTEMCTL);
    this.program("journalctl", "#!/bin/sh\necho 'the journal'\n");
  }

  /** What `failover-agent status --json` prints from now on. */
  agentSays(status: unknown): void {
    writeFileSync(this.path("status"), JSON.stringify(status, null, 2));
  }

  /** From now on systemctl pulls the plug on whoever calls it. */
  losePowerAtSystemctl(): void {
    this.program("systemctl", "#!/bin/sh\nkill -9 $PPID\n");
  }

  private program(name: string, content: string): void {
    writeFileSync(this.path("bin", name), content, { mode: 0o755 });
  }

  /** Copies as the deployment does: no modes, nothing removed. */
  copy(wanted: Wanted): void {
    const release = join(this.#staging, "releases", this.releaseHash(wanted).slice(0, 16), "agent");
    mkdirSync(release, { recursive: true });
    const files = {
      "failover-agent.cjs": wanted.release,
      "failover-agent": AGENT,
      "failover-agent.service": "[Service]\n",
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(release, name), content);
    writeFileSync(join(this.#staging, "node.gz"), gzipSync(wanted.runtime));
    writeFileSync(join(this.#staging, "agent.json"), wanted.config);
  }

  /** Runs the script for what is wanted, as the command of the deployment does. */
  install(wanted: Wanted, overrides: { readonly digest?: string } = {}): Run {
    rmSync(join(this.#folder, "asked"), { force: true });
    const release = this.releaseHash(wanted);
    const digest = overrides.digest ?? digestFolder(join(this.#staging, "releases", release.slice(0, 16), "agent"));
    const hashes = [release, digest, sha256(wanted.runtime), sha256(wanted.config)];
    const { status, stdout, stderr } = spawnSync("sh", ["-s", "--", this.#staging, ...hashes, this.path("root")], {
      input: readFileSync(INSTALL_SCRIPT),
      encoding: "utf8",
      env: { PATH: `${join(this.#folder, "bin")}:${process.env["PATH"] ?? ""}`, MACHINE: this.#folder },
    });
    const asked = this.read("asked")
      .split("\n")
      .map((line) => line.split(" ")[0] ?? "");
    return { status, stdout, stderr, disturbed: asked.filter((verb) => ["restart", "reload", "stop"].includes(verb)) };
  }

  /** Copies, then installs. */
  deploy(wanted: Wanted): Run {
    this.copy(wanted);
    return this.install(wanted);
  }

  /** Name of a release. */
  releaseHash({ release }: Wanted): string {
    return sha256(`release ${release}`);
  }

  /** The service dies. */
  kill(): void {
    rmSync(join(this.#folder, "active"), { force: true });
  }

  /** Configuration that the running agent has. */
  get running(): string {
    return existsSync(join(this.#folder, "active")) ? this.read("running").trimEnd() : "nothing";
  }

  /** Where a link in the machine's root leads. */
  linkAt(path: string): string {
    return readlinkSync(this.path("root", path));
  }

  /** Names in a folder of the machine's root, sorted. */
  list(path: string): readonly string[] {
    return readdirSync(this.path("root", path)).sort();
  }

  /** A path of the machine. */
  path(...parts: readonly string[]): string {
    return join(this.#folder, ...parts);
  }

  /** Text of one of the machine's files; empty when there is none. */
  read(...parts: readonly string[]): string {
    const file = this.path(...parts);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Removes it. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

// The first thing that runs on a fresh clone: checks Node and Linux, and installs the npm packages when they are missing.
// Plain JavaScript without dependencies, because there are none yet.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LEAST_NODE = [20, 19];
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");
/** Holds the hash of the package-lock.json that node_modules was installed from, in full. */
const STAMP = join(MODULES, ".vip-failover-installed");
/** Held while npm works, for two at once would delete each other's files: a symbolic link "to" the holder's pid, made in one step. */
const LOCK = join(ROOT, ".vipf", "npm-ci.pid");
const REPEAT_MS = 15_000;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
  fail(`this is Node ${process.versions.node} — install Node ${LEAST_NODE.join(".")} or newer (https://nodejs.org)`);
}
if (process.platform !== "linux") {
  fail(`this is ${process.platform}, and the lab needs Linux's network namespaces — use a Linux machine or VM`);
}
// Asked for by what needs a lab, and before anything is installed.
if (process.argv.includes("--root") && process.getuid() !== 0) {
  fail("the lab needs root: it makes network namespaces and system containers — run the same command with sudo");
}

const lockText = read(join(ROOT, "package-lock.json"));
if (lockText === undefined) fail(`${ROOT}/package-lock.json is missing — clone the repository anew`);
const wanted = createHash("sha256").update(lockText).digest("hex");
if (read(STAMP) !== wanted) {
  if (installedByHand()) writeFileSync(STAMP, wanted);
  else {
    const problem = await install();
    if (problem !== undefined) fail(problem);
  }
}

/** Whether someone's own `npm ci` or `npm install` has put in place exactly what the lock asks for. */
function installedByHand() {
  // npm writes this file last: an interrupted run leaves none.
  const hidden = read(join(MODULES, ".package-lock.json"));
  if (hidden === undefined) return false;
  const there = JSON.parse(hidden).packages;
  return Object.entries(JSON.parse(lockText).packages).every(([path, { version, optional, peer }]) => {
    const found = there[path];
    return path === "" || (found === undefined ? optional === true || peer === true : found.version === version);
  });
}

/** Returns what went wrong, if anything did. */
async function install() {
  await acquireLock();
  try {
    // Another process may have installed while this one waited.
    if (read(STAMP) === wanted) return undefined;
    rmSync(STAMP, { force: true });
    const problem = await npmCi();
    if (problem === undefined) writeFileSync(STAMP, wanted);
    return problem;
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** Runs `npm ci` with the time it takes on stderr; its own words are shown only when it fails. */
async function npmCi() {
  const startedMs = performance.now();
  const elapsed = () => `${Math.round((performance.now() - startedMs) / 1000)} s`;
  const say = process.stderr.isTTY
    ? (text) => process.stderr.write(`\r\u001b[K${text}`)
    : (text) => process.stderr.write(`${text}\n`);
  const title = "installing npm packages (half a minute to some minutes, once)";
  say(`… ${title}`);
  const timer = setInterval(() => say(`… ${title} ${elapsed()}`), process.stderr.isTTY ? 1000 : REPEAT_MS);

  const npm = spawn("npm", ["ci", "--no-audit", "--no-fund"], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (chunk) => (output += chunk));
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => npm.kill(signal));
  const problem = await new Promise((resolve) => {
    npm.once("error", (error) => resolve(error.code === "ENOENT" ? "npm is not installed" : error.message));
    npm.once("close", (code, signal) => resolve(code === 0 ? undefined : `npm ci ended with ${signal ?? code}`));
  });
  clearInterval(timer);
  say(problem === undefined ? `✔ npm packages installed (${elapsed()})` : `✖ ${title} ${elapsed()}`);
  if (process.stderr.isTTY) process.stderr.write("\n");
  if (problem === undefined) return undefined;
  const last = output.trimEnd().split("\n").slice(-15).join("\n");
  if (last !== "") process.stderr.write(`${last}\n`);
  return `${problem} — mend what it says above and run this again: it starts afresh`;
}

async function acquireLock() {
  mkdirSync(dirname(LOCK), { recursive: true });
  for (let told = false; ; ) {
    try {
      symlinkSync(String(process.pid), LOCK);
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = lockHolder();
    if (!isAlive(holder)) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!told) process.stderr.write(`… waiting for process ${holder}, which installs the npm packages\n`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function lockHolder() {
  try {
    return Number(readlinkSync(LOCK));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function fail(line) {
  process.stderr.write(`error: ${line}\n`);
  process.exit(1);
}

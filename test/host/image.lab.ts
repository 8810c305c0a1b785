import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBaseImage } from "../../lab/host/machine/baseImage.ts";
import { type ImageRecipe, imageName, RECIPE } from "../../lab/host/machine/imageRecipe.ts";
import { createProgress, type Progress } from "../../toolchain/progress.ts";
import { until } from "./labHost.ts";

/** As small as an image gets: what is tested is the building, not the image. */
const SMALL: ImageRecipe = {
  ...RECIPE,
  packages: ["netbase"],
  files: { "/etc/note": "made\n" },
  removed: [],
  masked: ["one.timer"],
};

describe("building an image", () => {
  let cacheDir: string;
  before(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "vipf-image-"));
  });
  after(() => rm(cacheDir, { recursive: true, force: true }));

  const images = async (): Promise<readonly string[]> =>
    (await readdir(join(cacheDir, "images"))).filter((name) => name !== ".lock");

  it("leaves no image, no process and no mount when it is killed in the middle", async () => {
    const build = fork(join(import.meta.dirname, "abandonedBuild.ts"), { execArgv: ["--import", "tsx"] });
    const midway = new Promise<void>((resolve, reject) => {
      build.on("message", (stage) => {
        if (typeof stage === "string" && stage.includes("extracting archives")) resolve();
      });
      build.once("exit", (code) => {
        reject(new Error(`the build ended by itself with code ${String(code)}`));
      });
    });
    build.send({ cacheDir, recipe: SMALL });
    await midway;
    const ended = new Promise((resolve) => build.once("exit", resolve));
    build.kill("SIGKILL");
    await ended;
    assert.equal((await images()).includes(imageName(SMALL)), false);
    await until("the end of what it started", async () => {
      const commands = await Promise.all(
        (await readdir("/proc"))
          .filter((name) => /^\d+$/.test(name))
          .map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
      );
      return !commands.some((command) => command.includes(cacheDir));
    });
    assert.equal((await readFile("/proc/self/mounts", "utf8")).includes(cacheDir), false);
  });

  it("starts afresh after that, and happens once for two who want it", async () => {
    let steps = 0;
    const quiet = createProgress();
    const counting: Progress = {
      note: () => undefined,
      step: (title, work) => {
        steps += 1;
        return quiet.step(title, work);
      },
    };
    const [one, other] = await Promise.all([1, 2].map(() => ensureBaseImage(cacheDir, counting, SMALL)));
    assert.equal(one, other);
    assert.deepEqual(await images(), [imageName(SMALL)]);
    assert.equal(await readFile(join(String(one), "etc/note"), "utf8"), "made\n");
    assert.equal(steps, 2);
    await ensureBaseImage(cacheDir, counting, SMALL);
    assert.equal(steps, 2, "nothing is shown when it is there");
  });
});

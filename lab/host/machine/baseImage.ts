/** The base image of the servers: built once on a machine, from the host's Debian mirror, and kept in the cache. */
import { access, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CommandError, runCommand } from "../../../toolchain/command.ts";
import { withLock } from "../../../toolchain/lock.ts";
import type { Progress } from "../../../toolchain/progress.ts";
import { UserError } from "../../../toolchain/userError.ts";
import { SYSTEM_PATH } from "../packages.ts";
import { debianMirrors, transportOptions } from "./aptSources.ts";
import { type ImageRecipe, imageName, RECIPE } from "./imageRecipe.ts";

/** Names a folder whose build did not end; a finished image never has it. */
const DRAFT = ".draft-";

/** Variables by which programs find a proxy; nothing else of the caller's environment reaches the build. */
const PROXY_VARIABLES = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/**
 * The path of the image's root, built if it is not in the cache yet (root, network, half a minute). A build that is
 * interrupted leaves a draft that the next one throws away; two processes at a time build it once.
 * @throws UserError when the packages cannot be had
 */
export async function ensureBaseImage(cacheDir: string, progress: Progress, recipe = RECIPE): Promise<string> {
  const images = join(cacheDir, "images");
  const image = join(images, imageName(recipe));
  if (await exists(image)) return image;
  await progress.step("building the servers' image, Debian 12", async (detail) => {
    await withLock(
      join(images, ".lock"),
      async () => {
        if (await exists(image)) return;
        await removeDrafts(images);
        const draft = join(images, `${DRAFT}${imageName(recipe)}`);
        await build(recipe, draft, detail);
        await rename(draft, image);
      },
      {
        onWait: (pid) => {
          detail(`waiting for process ${pid}, which builds it`);
        },
      },
    );
  });
  return image;
}

async function build(recipe: ImageRecipe, root: string, detail: (text: string) => void): Promise<void> {
  // A draft of its own, so that what a killed build leaves in it goes with the next build's start.
  const scratch = `${root}.scratch`;
  const options = join(scratch, "apt.conf");
  await mkdir(scratch, { recursive: true });
  // 0600: a proxy's address may hold a password, so it is a file and no argument.
  await writeFile(options, `${(await hostTransport()).join("\n")}\n`, { mode: 0o600 });
  try {
    await runCommand([...CONTAINED, ...bootstrap(recipe, root, options, await hostMirrors())], {
      env: { PATH: SYSTEM_PATH, HOME: "/root", LC_ALL: "C.UTF-8", TMPDIR: scratch, ...proxies() },
      onLine: (line) => {
        const stage = /^I: (.*)/.exec(line)?.[1];
        if (stage !== undefined) detail(stage);
      },
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(
      `the servers' image could not be built: ${error.message}`,
      "check that the host's Debian mirror can be reached, then try again",
      { cause: error },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  await furnish(recipe, root);
}

/** mmdebstrap mounts things and starts programs: in namespaces of its own, all of them end with it, or with us. */
const CONTAINED = [
  ...["setpriv", "--pdeathsig", "KILL", "--"],
  ...["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"],
] as const;

const bootstrap = (
  recipe: ImageRecipe,
  root: string,
  aptOptions: string,
  mirrors: { readonly release: string; readonly security: string },
): readonly string[] => [
  "mmdebstrap",
  "--mode=root",
  "--variant=minbase",
  `--include=${recipe.packages.join(",")}`,
  `--aptopt=${aptOptions}`,
  // The draft is thrown away when the machine stops in the middle, so nothing has to be synced on the way.
  "--dpkgopt=force-unsafe-io",
  ...recipe.withoutPaths.map((path) => `--dpkgopt=path-exclude=${path}`),
  recipe.suite,
  root,
  `deb ${mirrors.release} ${recipe.suite} main`,
  `deb ${mirrors.release} ${recipe.suite}-updates main`,
  `deb ${mirrors.security} ${recipe.suite}-security main`,
];

/** What packages cannot say: files, and units that are masked. Nothing is run in the image for this. */
async function furnish(recipe: ImageRecipe, root: string): Promise<void> {
  for (const { folder, pattern } of recipe.removed) {
    const matching = (await readdir(join(root, folder))).filter((name) => new RegExp(pattern).test(name));
    await Promise.all(matching.map((name) => rm(join(root, folder, name), { recursive: true })));
  }
  for (const [path, content] of Object.entries(recipe.files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await rm(join(root, path), { force: true });
    await writeFile(join(root, path), content, { mode: 0o644 });
  }
  for (const unit of recipe.masked) {
    const path = join(root, "etc/systemd/system", unit);
    await rm(path, { force: true });
    await symlink("/dev/null", path);
  }
}

async function removeDrafts(images: string): Promise<void> {
  const drafts = (await readdir(images)).filter((name) => name.startsWith(DRAFT));
  await Promise.all(drafts.map((name) => rm(join(images, name), { recursive: true, force: true })));
}

async function hostMirrors(): Promise<ReturnType<typeof debianMirrors>> {
  const folder = "/etc/apt/sources.list.d";
  const names = (await exists(folder)) ? await readdir(folder) : [];
  const files = [
    "/etc/apt/sources.list",
    ...names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(folder, name)),
  ];
  const texts = await Promise.all(files.map(async (file) => ((await exists(file)) ? readFile(file, "utf8") : "")));
  return debianMirrors(texts);
}

async function hostTransport(): Promise<readonly string[]> {
  const { stdout } = await runCommand(["apt-config", "dump", "Acquire"]);
  return transportOptions(stdout);
}

const proxies = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    PROXY_VARIABLES.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

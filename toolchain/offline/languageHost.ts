// A stand-in for pulumi-language-nodejs, where that plugin cannot be had: runs a Node program for the Pulumi engine.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import languageService, { type ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { z } from "zod";
import { reportAndExit } from "../userError.ts";
import { engineAddress, servePlugin, unary } from "./pluginServer.ts";
import { parseRuntimeOptions } from "./runtimeOptions.ts";

/** The exit code by which @pulumi/pulumi/cmd/run says that it has shown the user what went wrong. */
const EXIT_ALREADY_REPORTED = 32;

let engine = engineAddress(process.argv.slice(2));
const programs = new Set<ChildProcess>();

const endPrograms = (): void => {
  for (const program of programs) program.kill("SIGINT");
};

/** Runs the program to its end, with its output as this process's own: the engine shows both. */
async function run(
  request: InstanceType<typeof language.RunRequest>,
): Promise<InstanceType<typeof language.RunResponse>> {
  const response = new language.RunResponse();
  const child = start(request);
  programs.add(child);
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        resolve({ code, signal });
      });
    },
  ).finally(() => programs.delete(child));
  if (code === EXIT_ALREADY_REPORTED) return response.setBail(true);
  if (signal !== null) return response.setError(`the program was ended by ${signal}`);
  if (code !== 0) return response.setError(`the program exited with code ${code ?? "unknown"}`);
  return response;
}

function start(request: InstanceType<typeof language.RunRequest>): ChildProcess {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const entry = info?.getEntryPoint() ?? request.getProgram();
  const options = parseRuntimeOptions(info?.getOptions()?.toJavaScript());
  const runner = createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const flags = [
    ...["--monitor", request.getMonitorAddress()],
    ...(engine === undefined ? [] : ["--engine", engine]),
    ...["--organization", request.getOrganization()],
    ...["--project", request.getProject()],
    ...["--stack", request.getStack()],
    ...["--root-directory", info?.getRootDirectory() ?? directory],
    ...["--pwd", request.getPwd()],
    ...["--parallel", String(request.getParallel())],
    ...(request.getDryrun() ? ["--dry-run"] : []),
  ];
  return spawn(process.execPath, [...options.nodeArgs, runner, ...flags, entry, ...request.getArgsList()], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
    // Configuration holds secrets in clear: the environment of the program's own process, and no command line.
    env: {
      ...process.env,
      ...options.environment,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
}

const manifestSchema = z.object({
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

function readManifest(file: string): z.infer<typeof manifestSchema> {
  return manifestSchema.parse(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
}

/** The direct dependencies of the program with the versions that are installed, for `pulumi about`. */
function dependencies(directory: string): InstanceType<typeof language.DependencyInfo>[] {
  const declared = readManifest(join(directory, "package.json")).dependencies;
  return Object.entries(declared).map(([name, range]) => {
    const { version } = readManifest(join(directory, "node_modules", name, "package.json"));
    return new language.DependencyInfo().setName(name).setVersion(version ?? range);
  });
}

const methods: Pick<
  ILanguageRuntimeServer,
  | "handshake"
  | "getPluginInfo"
  | "getRequiredPackages"
  | "getRequiredPlugins"
  | "runtimeOptionsPrompts"
  | "about"
  | "getProgramDependencies"
  | "run"
  | "cancel"
> = {
  handshake: unary((request) => {
    engine = request.getEngineAddress();
    return new language.LanguageHandshakeResponse();
  }),
  getPluginInfo: unary(() => new plugin.PluginInfo()),
  // The toolchain has put every plugin in place, in the versions of package.json: there is nothing to fetch.
  getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
  getRequiredPlugins: unary(() => new language.GetRequiredPluginsResponse()),
  runtimeOptionsPrompts: unary(() => new language.RuntimeOptionsResponse()),
  about: unary(() => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  getProgramDependencies: unary((request) => {
    const found = dependencies(request.getInfo()?.getRootDirectory() ?? request.getPwd());
    return new language.GetProgramDependenciesResponse().setDependenciesList(found);
  }),
  run: unary(run),
  // Empty in, the same Empty out.
  cancel: unary((nothing) => {
    endPrograms();
    return nothing;
  }),
};

void reportAndExit(() => servePlugin({ service: languageService.LanguageRuntimeService, methods, stop: endPrograms }));

/** Starts services in a container in the order they need, watches them, and stops them. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { SYSTEM_PATH } from "../host/packages.ts";
import type { Container, ProgramOptions } from "./container.ts";
import { askToEnd, endOf, failure, type ServiceProcess, untilReady } from "./serviceProcess.ts";
import { PROGRAMS, type Service } from "./services.ts";
import type { Places } from "./settings/places.ts";

/** Starts and stops services, and runs other programs beside them. */
export interface Launcher {
  /** Starts services, each as soon as those it comes after are ready; resolves when all of them are. @throws UserError */
  start(services: readonly Service[]): Promise<void>;
  /** Runs a program to its end and gives what it wrote. @throws CommandError */
  run(argv: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
  /** Rejects when a service ends that was ready and that nobody stopped; else it never settles. */
  readonly failed: Promise<never>;
  /** From now on, a service that ends is no news. */
  expectEnd(): void;
  /** Asks the services meant to end, and waits for it, but no longer than that. */
  stop(isMeant: (name: string) => boolean, withinMs: number): Promise<void>;
}

/** The slowest programs are migrations of a new database. */
const PROGRAM_DEADLINE_MS = 300_000;

/** What a launcher works with. */
export interface LauncherOptions {
  readonly container: Container;
  readonly places: Places;
  /** The network namespace of a compute host. */
  readonly hostNamespace: (number: number) => string;
  readonly logger: Logger;
}

export function createLauncher({ container, places, hostNamespace, logger }: LauncherOptions): Launcher {
  /** Resolves when a service is ready. */
  const ready = new Map<string, Promise<void>>();
  const running = new Map<string, ServiceProcess>();
  const environment = baseEnvironment(places);
  let endIsNews = true;
  const { failed, fail } = failureToCome();

  const optionsOf = ({ environment: own, host, user }: Pick<Service, "environment" | "host" | "user">) =>
    ({
      env: { ...environment, ...own },
      ...(host === undefined ? {} : { namespace: hostNamespace(host) }),
      ...(user === undefined ? {} : { user }),
    }) satisfies ProgramOptions;

  const launch = async (service: Service): Promise<void> => {
    const { name, after, argv } = service;
    await Promise.all(after.map((other) => ready.get(other) ?? neverStarts(name, other)));
    const log = join(places.log, `${name}.log`);
    const output = await open(log, "w", 0o600);
    const startedMs = performance.now();
    const child = container.spawn(argv, optionsOf(service), output.fd);
    const process: ServiceProcess = { name, log, child, ended: endOf(child) };
    running.set(name, process);
    await output.close();
    await untilReady(process, service.ready, container, places, optionsOf(service));
    logger.debug({ service: name, ms: Math.round(performance.now() - startedMs) }, "ready");
    void process.ended.then(async (how) => {
      if (!running.delete(name) || !endIsNews) return;
      logger.error({ service: name, how, log }, "a service of OpenStack's ended by itself");
      fail(await failure(process, `ended by itself (${how})`));
    });
  };

  return {
    start: async (services) => {
      // Under their names first, whatever their order: launching begins in the next turn.
      const all = services.map((service) => {
        const isReady = Promise.resolve().then(() => launch(service));
        ready.set(service.name, isReady);
        return isReady;
      });
      await Promise.all(all);
    },
    run: async (argv, own = {}) => {
      const options = { ...optionsOf({ environment: own }), timeoutMs: PROGRAM_DEADLINE_MS };
      return (await container.run(argv, options)).stdout;
    },
    failed,
    expectEnd: () => {
      endIsNews = false;
    },
    stop: async (isMeant, withinMs) => {
      const meant = [...running.values()].filter(({ name }) => isMeant(name));
      for (const { name } of meant) {
        running.delete(name);
        ready.delete(name);
      }
      await Promise.all(meant.map(askToEnd));
      await Promise.race([Promise.all(meant.map(({ ended }) => ended)), sleep(withinMs, undefined, { ref: false })]);
    },
  };
}

function neverStarts(name: string, other: string): never {
  throw new Error(`${name} starts after ${other}, which nobody starts`);
}

/** A failure that may come at any time. */
function failureToCome(): { readonly failed: Promise<never>; readonly fail: (error: Error) => void } {
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // It is logged, too: nobody has to wait for it.
  failed.catch(() => undefined);
  return { failed, fail };
}

function baseEnvironment({ run, data }: Places): Readonly<Record<string, string>> {
  return {
    PATH: `${PROGRAMS}:${SYSTEM_PATH}`,
    LC_ALL: "C.UTF-8",
    HOME: data,
    TMPDIR: join(run, "tmp"),
    PYTHONUNBUFFERED: "1",
    // What is in the folders of Debian's packages is Debian's business.
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** Secrets anywhere in a stack: what the engine keeps in its state, prints and says has none of them in it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { loadConfig } from "../../infra/load.ts";
import { possibleFacts } from "../../infra/plan/agent/cloudFacts.ts";
import { ConfigError } from "../../infra/schema/problem.ts";
import { type RecordedGraph, recordCluster } from "./recordedGraph.ts";
import { encryptedStack, secretsByName } from "./stacks/encryptedStack.ts";
import { exampleConfig, sourceOf, withValue } from "./stacks/exampleConfig.ts";
import { planOf } from "./yamlStack.ts";

type Path = readonly (string | number)[];

/** A stack in which every text that an operator writes freely is there once. */
function writtenStack(): Readonly<Record<string, unknown>> {
  const web = {
    ...exampleConfig().vips.web,
    authentication: "0b".repeat(32),
    hooks: {
      prepare: "/usr/local/bin/prepare",
      up: ["/usr/local/bin/up", "token"],
      down: ["/usr/local/bin/down", "token"],
    },
    track: { service: { http: "http://user:token@127.0.0.1/health", contains: "all is well", demote: "all" } },
  };
  return {
    ...exampleConfig(),
    vips: { web },
    checks: {
      own: { command: ["/usr/local/bin/check", "token"] },
      named: { process: "some-daemon" },
      flag: { file: "/run/flag" },
      reached: { tcp: { host: "service.example.net", port: 80 } },
    },
    states: { states: { neutral: { init: [{ run: ["/usr/bin/logger", "token"] }] } } },
    services: [{ protocol: "tcp", port: 80, from: ["203.0.113.0/24"] }],
  };
}

/** Texts that a stack takes as they are, whatever they say. */
const FREE: readonly Path[] = [
  ["vips", "web", "hooks", "up", 1],
  ["vips", "web", "hooks", "down", 1],
  ["vips", "web", "track", "service", "contains"],
  ["checks", "own", "command", 1],
  ["checks", "named", "process"],
  ["checks", "reached", "tcp", "host"],
  ["states", "states", "neutral", "init", 0, "run", 1],
  ["ssh", "user"],
  ["ssh", "bastion", "host"],
  ["ssh", "bastion", "user"],
  ["defaults", "flavor"],
  ["nodes", "edge-1", "availabilityZone"],
  ["network", "name"],
];
/** Texts that have a form, with one that has it and a secret in it. */
const FORMED: readonly (readonly [Path, (secret: string) => string])[] = [
  [["vips", "web", "track", "service", "http"], (secret) => `http://user:${encodeURIComponent(secret)}@127.0.0.1/`],
  [["vips", "web", "hooks", "prepare"], (secret) => `/usr/local/bin/${encodeURIComponent(secret)}`],
  [["checks", "flag", "file"], (secret) => `/run/${secret}`],
];
/** Values that the cloud must be given: they cannot be fingerprints, and are marked. */
const GIVEN: readonly Path[] = [
  ["defaults", "imageId"],
  ["defaults", "externalNetwork"],
  ["vips", "web", "address"],
  ["services", 0, "from", 0],
  ["network", "cidr"],
];

/** What nothing else in a stack says, with what JSON, shells and messages have to quote. */
const secretText = fc
  .tuple(
    fc.string({
      unit: fc.constantFrom("0", "1", "2", "3", "5", "7", "a", "c", "e", "f"),
      minLength: 14,
      maxLength: 60,
    }),
    fc.constantFrom("", '"', "'", "\\", " and more", "ü", "$(x)"),
  )
  .map(([digits, odd]) => `zq${digits}${odd}qz`);

/** Pieces of a secret, each long enough to tell it by: a message may have cut it. */
function piecesOf(secret: string): readonly string[] {
  return Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8));
}

const isAt = (path: Path, paths: readonly Path[]): boolean => paths.some((one) => one.join("\0") === path.join("\0"));

const set = (
  config: Readonly<Record<string, unknown>>,
  path: Path,
  value: unknown,
): Readonly<Record<string, unknown>> => withValue(path.join("."), value, config);

/** What of a graph would be written in clear, with where it is. */
function inClear({ resources, outputs }: RecordedGraph, withOutputs: boolean): readonly string[] {
  const leaves = (value: unknown, at: string): string[] => {
    if (typeof value !== "object" || value === null) return [`${at} = ${String(value)}`];
    return Object.entries(value).flatMap(([key, inner]) => [key, ...leaves(inner, at === "" ? key : `${at}.${key}`)]);
  };
  const found = resources.flatMap(({ urn, inputs, secretInputs }) => [
    urn,
    ...leaves(inputs, "").filter(
      (line) => !secretInputs.some((path) => `${line} `.startsWith(`${path} `) || line.startsWith(`${path}.`)),
    ),
  ]);
  return withOutputs ? [...found, ...leaves(outputs, "outputs")] : found;
}

/** A stack with secrets in it, as Pulumi hands it over. */
interface Planted {
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
  readonly paths: readonly Path[];
}

const planted: fc.Arbitrary<Planted> = fc
  .tuple(
    fc.subarray([...FREE], { minLength: 1 }),
    fc.subarray([...FORMED]),
    fc.subarray([...GIVEN]),
    fc.array(secretText, { minLength: 20, maxLength: 20 }),
  )
  .map(([free, formed, given, texts]) => {
    const [...left] = texts.map((text, at) => `${text}${at}`);
    let config = writtenStack();
    const secrets: string[] = [];
    const next = (): string => {
      const text = left.pop() ?? "";
      secrets.push(text);
      return text;
    };
    for (const path of free) config = set(config, path, next());
    for (const [path, form] of formed) {
      config = set(config, path, form(next()));
    }
    return { config, secrets, paths: [...free, ...formed.map(([path]) => path), ...given] };
  });

const source = ({ config, paths }: Planted, isFileKnown: boolean) => {
  const encrypted = encryptedStack(config, (path, text) => secretsByName(path, text) || isAt(path, paths));
  return sourceOf(config, isFileKnown ? encrypted : { ...encrypted, stackFile: undefined });
};

function assertNone(lines: readonly string[], secrets: readonly string[]): void {
  const text = lines.join("\n");
  for (const secret of secrets) {
    const found = piecesOf(secret).find((piece) => text.includes(piece));
    assert.equal(
      found,
      undefined,
      lines.find((line) => line.includes(found ?? "\0")),
    );
  }
}

describe("an encrypted text", () => {
  it("is a fingerprint in the documents that a preview shows, wherever in the stack it stood", () => {
    fc.assert(
      fc.property(planted, fc.boolean(), (stack, isFileKnown) => {
        const { nodes, warnings } = planOf(loadConfig(source(stack, isFileKnown)));
        const facts = possibleFacts(
          nodes.map(({ name }) => name),
          [],
        );
        const shown = nodes.map(({ document }) => document(facts).shown);
        assertNone([...shown, ...warnings], stack.secrets);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  it("is nowhere in clear in what the engine is given, nor in an output", async () => {
    await fc.assert(
      fc.asyncProperty(planted, async (stack) => {
        const graph = await recordCluster(loadConfig(source(stack, true)));
        assertNone(inClear(graph, false), stack.secrets);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });

  it("is marked where the cloud must have it as it is", async () => {
    const config = writtenStack();
    const values = ["b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a11", "Ext-Net", "10.25.0.10", "203.0.113.0/24", "10.25.0.0/24"];
    const graph = await recordCluster(loadConfig(source({ config, secrets: values, paths: GIVEN }, true)));
    const clear = inClear(graph, false);
    for (const value of values)
      assert.deepEqual(
        clear.filter((line) => line.includes(` = ${value}`)),
        [],
        value,
      );
  });

  it("is in no message, whatever is wrong with the stack and wherever the secret was put", () => {
    const places = leafPaths(writtenStack());
    fc.assert(
      fc.property(
        planted,
        fc.constantFrom(...places),
        secretText,
        fc.boolean(),
        (stack, place, secret, isFileKnown) => {
          const misplaced: Planted = {
            config: set(stack.config, place, secret),
            secrets: [...stack.secrets, secret],
            paths: [...stack.paths, place],
          };
          const message = messageOf(misplaced, isFileKnown);
          assertNone([message], misplaced.secrets);
        },
      ),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it("changes its fingerprint when it changes, and shows as it is when it is not encrypted", () => {
    const shown = (token: string, paths: readonly Path[]): string => {
      const stack = { config: set(writtenStack(), ["vips", "web", "hooks", "up", 1], token), secrets: [], paths };
      const { nodes } = planOf(loadConfig(source(stack, true)));
      return (
        nodes[0]?.document(
          possibleFacts(
            nodes.map(({ name }) => name),
            [],
          ),
        ).shown ?? ""
      );
    };
    const path: Path = ["vips", "web", "hooks", "up", 1];
    assert.match(shown("one token", [path]), /"\/usr\/local\/bin\/up",\n\s+"secret [0-9a-f]{16}"/);
    assert.notEqual(shown("one token", [path]), shown("another token", [path]));
    assert.equal(shown("one token", [path]), shown("one token", [path]));
    assert.match(shown("one token", []), /"\/usr\/local\/bin\/up",\n\s+"one token"/);
  });
});

function leafPaths(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [at];
  const key = (name: string): string | number => (Array.isArray(value) ? Number(name) : name);
  return Object.entries(value).flatMap(([name, inner]) => leafPaths(inner, [...at, key(name)]));
}

/** What the operator is told; empty when the configuration is good. */
function messageOf(stack: Planted, isFileKnown: boolean): string {
  try {
    loadConfig(source(stack, isFileKnown));
    return "";
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

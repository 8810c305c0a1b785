// How a Pulumi.yaml's `runtime.options` become a Node command line, as the official Node language host reads them.
import { z } from "zod";

/** The options this stand-in honours; others would change what runs, so they are refused by name. */
const schema = z.strictObject({
  /** Whether the SDK compiles the program with ts-node; true unless said otherwise. */
  typescript: z.boolean().default(true),
  /** Arguments for node itself, before the program: "--import tsx". */
  nodeargs: z.string().default(""),
  /** How dependencies are installed: of no account to running. */
  packagemanager: z.string().optional(),
});

/** What a run needs of the options. */
export interface RuntimeOptions {
  readonly nodeArgs: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** @throws Error naming an option that this stand-in does not have, or a value of the wrong type */
export function parseRuntimeOptions(options: unknown): RuntimeOptions {
  const parsed = schema.safeParse(options ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${["runtime.options", ...path].join(".")}: ${message}`,
    );
    throw new Error(`the stand-in for Pulumi's Node language host cannot run this project: ${problems.join("; ")}`);
  }
  const { typescript, nodeargs } = parsed.data;
  return { nodeArgs: splitArguments(nodeargs), environment: { PULUMI_NODEJS_TYPESCRIPT: String(typescript) } };
}

/** Splits at blanks; single and double quotes keep blanks, and nothing else is special. */
export function splitArguments(text: string): string[] {
  const found = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return found.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ""),
  );
}

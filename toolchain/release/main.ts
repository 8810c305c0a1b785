/** `npm run release -- VERSION [--dry-run]`: a commit, a tag, and the agent's tarball with its checksums and an SBOM. */

import { parseArgs } from "node:util";
import { messageOf } from "../messageOf.ts";
import { CHECKOUT } from "../places.ts";
import { createProgress } from "../progress.ts";
import { reportAndExit, UserError } from "../userError.ts";
import { describePlan, releaseDate } from "./plan.ts";
import { carryOut, readPlan } from "./release.ts";

await reportAndExit(async () => {
  const { version, isDry } = choiceOf(process.argv.slice(2));
  const plan = await readPlan(CHECKOUT, version, releaseDate(process.env, new Date()));
  if (isDry) {
    process.stdout.write(`${describePlan(plan)}\nNothing was done.\n`);
    return;
  }
  await carryOut(CHECKOUT, plan, createProgress());
  process.stdout.write(
    `${plan.tag} is committed and tagged; its artifacts are in ${plan.folder}. Nothing was pushed. To publish it:\n` +
      `  git push origin HEAD ${plan.tag}\n`,
  );
});

function choiceOf(args: string[]): { readonly version: string; readonly isDry: boolean } {
  const usage = "npm run release -- VERSION [--dry-run]";
  try {
    const options = { "dry-run": { type: "boolean", default: false } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [version, ...rest] = positionals;
    if (version !== undefined && rest.length === 0) return { version, isDry: values["dry-run"] };
  } catch (error) {
    throw new UserError(messageOf(error), usage);
  }
  throw new UserError("a release needs one version", usage);
}

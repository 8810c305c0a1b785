/** The seeded bugs: small patches, each to one source file of the agent and named after what users of others complain of. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Bug {
  readonly name: string;
  /** Whose complaint it is, or which sentence of a standard it breaks. */
  readonly complaint: string;
  /** The one file it changes, as in `agent/election/vrrp/master.ts`. */
  readonly file: string;
  readonly patch: string;
}

const PATCHES = new URL("./patches/", import.meta.url);
const EXTENSION = ".patch";

export function seededBugs(): Bug[] {
  return readdirSync(PATCHES)
    .filter((file) => file.endsWith(EXTENSION))
    .toSorted()
    .map((file) => bugOf(file));
}

function bugOf(patchFile: string): Bug {
  const url = new URL(patchFile, PATCHES);
  const text = readFileSync(url, "utf8");
  const files = [...text.matchAll(/^\+\+\+ b\/(\S+)/gm)].flatMap(([, file]) => file ?? []);
  const [file] = files;
  const [complaint = ""] = text.split("\n");
  if (file === undefined || files.length > 1 || complaint.startsWith("---")) {
    throw new Error(`${patchFile} is no seeded bug: write a line with the complaint, and a patch to one file`);
  }
  return { name: patchFile.slice(0, -EXTENSION.length), complaint, file, patch: fileURLToPath(url) };
}

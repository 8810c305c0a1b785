/** The certificates of the clouds' own CAs: as text, or in a file of the operator's, as with SSH's keys. */
import { certificatesIn } from "../../agent/config/certificates.ts";
import { isMap, keyName } from "./explain.ts";
import { type Problem, showValue } from "./problem.ts";
import type { ReadText } from "./sshAccess.ts";

type Raw = Readonly<Record<string, unknown>>;
type Found = { readonly ca: string } | { readonly why: string };

const SECTIONS = ["ovh", "openstack"];
const REMEDY = "write the path of a file with certificates in PEM: those of the CA that signed the API's own";

/** The keys with `ca` in the place of the `caFile` that it is read from: the nodes do not have that file. */
export function withCertificates(
  raw: Raw,
  readText: ReadText,
): { readonly raw: Raw; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const completed = SECTIONS.flatMap((name) => {
    const section = raw[name];
    if (!isMap(section) || typeof section["caFile"] !== "string") return [];
    const { caFile, ...rest } = section;
    const found =
      rest["ca"] === undefined ? read(caFile, readText) : { why: `is given beside ${keyName([name, "ca"])}` };
    if ("ca" in found) return [[name, { ...rest, ...found }] as const];
    // What is no path may be a key.
    const value = isText(caFile) ? {} : { value: showValue(caFile) };
    problems.push({ key: keyName([name, "caFile"]), ...value, why: found.why, remedy: REMEDY });
    return [[name, rest] as const];
  });
  return { raw: { ...raw, ...Object.fromEntries(completed) }, problems };
}

/** Like the OpenStack provider's `cacertFile`, it may be the certificates themselves. */
const isText = (file: string): boolean => file.startsWith("-----BEGIN ");

function read(file: string, readText: ReadText): Found {
  let ca = file;
  try {
    if (!isText(file)) ca = readText(file);
  } catch (error) {
    return { why: `cannot be read (${error instanceof Error && "code" in error ? String(error.code) : "no text"})` };
  }
  return certificatesIn(ca) === undefined ? { why: "has no certificate, or one that is damaged" } : { ca };
}

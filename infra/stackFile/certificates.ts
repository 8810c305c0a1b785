/** The certificates of the clouds' own CAs: as text, or in a file of the operator's, as with SSH's keys. */
import { certificatesFault } from "../../agent/config/fields/certificates.ts";
import { isMap, keyName } from "../schema/explain.ts";
import { type Problem, showValue } from "../schema/problem.ts";
import type { ReadText } from "./sshAccess.ts";

type Raw = Readonly<Record<string, unknown>>;
type Found = { readonly ca: string } | { readonly why: string };

const SECTIONS = ["ovh", "openstack"];
const REMEDY = "write the path of a file with certificates in PEM: those of the CA that signed the API's own";
const OWN_REMEDY = "write openstack.caFile with the CA's own: the nodes trust no more than they need";

/**
 * The keys with `ca` in the place of the `caFile` that it is read from: the nodes do not have that file.
 * @param openstackCa the provider's setting that OpenStack's `caFile` is from, if it is from one
 */
export function withCertificates(
  raw: Raw,
  readText: ReadText,
  openstackCa?: string,
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
    const key = keyName([name, "caFile"]);
    problems.push(
      name === "openstack" && openstackCa !== undefined
        ? { key, ...value, why: `is from ${openstackCa} and ${found.why}`, remedy: OWN_REMEDY }
        : { key, ...value, why: found.why, remedy: REMEDY },
    );
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
  const why = certificatesFault(ca);
  return why === undefined ? { ca } : { why };
}

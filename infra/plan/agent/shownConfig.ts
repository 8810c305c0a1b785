/** What of an agent.json may be seen: everything but its secrets, and of those whether they are the same as before. */
import { createHmac } from "node:crypto";
import type { AgentConfigInput } from "../../../agent/config/schema/document.ts";
import type { SecretTexts } from "../../values/secretTexts.ts";

/** How secrets are kept out of sight. */
export interface Redaction {
  /** Secret: without it a password could be guessed and compared. */
  readonly fingerprintKey: Buffer;
  /** What the operator encrypted, wherever in the document it came to stand. */
  readonly secretTexts: SecretTexts;
}

const FINGERPRINT_DIGITS = 16;

/** Names in the document whose values, or all texts within them, are secret: no matter who wrote or made them. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  "password", // CARP
  "secret", // a key of VRRP, an application credential
  "key", // the peer link
  "keys",
  "otherKeys",
  "digestKey",
  "clientSecret",
  "applicationSecret",
  "consumerKey",
]);

/** The document with each secret replaced by its fingerprint: a preview then names the value that changes, secret or not. */
export function shownConfig(document: AgentConfigInput, { fingerprintKey, secretTexts }: Redaction): AgentConfigInput {
  const shown = (value: unknown, isSecret: boolean): unknown => {
    if (typeof value === "string") return isSecret || secretTexts.isIn(value) ? fingerprint(value) : value;
    if (Array.isArray(value)) return value.map((item) => shown(item, isSecret));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, shown(inner, isSecret || SECRET_NAMES.has(name))]),
    );
  };
  const fingerprint = (secret: string): string => {
    const digest = createHmac("sha256", fingerprintKey).update(secret).digest("hex");
    return `secret ${digest.slice(0, FINGERPRINT_DIGITS)}`;
  };
  return shown(document, false) as AgentConfigInput;
}

/** What is wrong with a server's certificate, in words: Node's and OpenSSL's names of it are for those who know them. */

const CA_FILE = "give the certificate of its CA (caFile in the stack, ca in agent.json)";
const OLD_OR_WRONG_CLOCK = "renew it, or set this machine's clock";

const WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is signed by itself: ${CA_FILE}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate is of a CA that is not trusted: ${CA_FILE}`,
  UNABLE_TO_GET_ISSUER_CERT: `its certificate is of a CA that is not trusted: ${CA_FILE}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate is of a CA that is not trusted: ${CA_FILE}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate is of a CA that is not trusted: ${CA_FILE}`,
  CERT_HAS_EXPIRED: `its certificate has expired: ${OLD_OR_WRONG_CLOCK}`,
  CERT_NOT_YET_VALID: `its certificate is not valid yet: ${OLD_OR_WRONG_CLOCK}`,
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for other names: write the address by a name that it is for",
  EPROTO: "it does not speak TLS as it should: is it an https:// port?",
};

/** @param code of the error @returns undefined when the trouble is another one */
export function tlsTrouble(code: string): string | undefined {
  const words = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  return words === undefined ? undefined : `${words} (${code})`;
}

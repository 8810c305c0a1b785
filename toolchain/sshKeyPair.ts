/** New SSH key pairs, in OpenSSH's format. */
import ssh2 from "ssh2";

/** The one length of an ed25519 key (RFC 8709, 4): a longer or shorter one is none. */
const KEY_BYTES = 32;
/** In a public key's blob, before the key: its type's name and two lengths. */
const BEFORE_KEY_BYTES = 4 + "ssh-ed25519".length + 4;

/** As ssh2 takes them: a comment stands behind the public key, a passphrase locks the private one. */
type Options =
  | { readonly comment?: string }
  | { readonly passphrase: string; readonly cipher: string; readonly rounds: number };

/** A new ed25519 pair. */
export function newSshKeyPair(options: Options = {}): { readonly private: string; readonly public: string } {
  // ssh2 drops a first octet of zero, which one key in 256 has; OpenSSH cannot read that one.
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519", options);
    if (isWhole(pair.public)) return pair;
  }
}

/** Whether a text is a whole private key without a passphrase: one that was cut off while it was written is not. */
export function isWholePrivate(text: string): boolean {
  const key = ssh2.utils.parseKey(text);
  return !(key instanceof Error) && key.isPrivateKey();
}

/** Whether a public key's line has as many octets as an ed25519 key has. */
export function isWhole(line: string): boolean {
  const [, blob = ""] = line.split(" ");
  return Buffer.from(blob, "base64").length === BEFORE_KEY_BYTES + KEY_BYTES;
}

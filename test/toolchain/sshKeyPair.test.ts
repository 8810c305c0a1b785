import assert from "node:assert/strict";
import { isWhole, newSshKeyPair } from "../../toolchain/sshKeyPair.ts";

/** One of 31 octets, as ssh2 makes it of a key that begins with zero: ssh-keygen says "error in libcrypto". */
const CUT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAH9ufv7ETNmHq5PDkqi0yT3QmJlrZLYCQW/4TZOMa0dc=";

describe("a new SSH key pair", () => {
  it("is never one that OpenSSH cannot read", () => {
    assert.equal(isWhole(CUT), false);
    for (let made = 0; made < 1_000; made++) assert.ok(isWhole(newSshKeyPair().public));
  });

  it("has its comment behind the public key", () => {
    assert.match(newSshKeyPair({ comment: "operator" }).public, /^ssh-ed25519 AAAA\S+ operator$/);
  });
});

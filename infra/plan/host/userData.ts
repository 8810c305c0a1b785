/** Renders a node's cloud-init user data: its host key and a closed door for passwords, and nothing that ever changes. */
import { stringify } from "yaml";
import type { HostKey } from "./hostKey.ts";

/**
 * The `#cloud-config` of a node. It holds the private host key: a secret.
 *
 * It stays this small because it is read once, at first boot: a change would mean a new machine. Everything that changes
 * is copied over SSH by the agent's deployment.
 */
export function renderUserData(hostKey: HostKey): string {
  return `#cloud-config\n${stringify({
    ssh_pwauth: false,
    // sudo looks up the machine's own name, which without a resolver is found here or waited for in vain.
    manage_etc_hosts: "localhost",
    // Only the key below: with no key of another type there is no other key a client could be offered.
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
  })}`;
}

/** A good configuration and everything around it, for tests to break one thing at a time. */
import { createHash } from "node:crypto";
import { type CheckedConfig, type ConfigSource, loadConfig } from "../../../infra/load.ts";
import { deriveHostKey } from "../../../infra/plan/host/hostKey.ts";
import { ConfigError, type Problem } from "../../../infra/schema/problem.ts";
import type { AgentRelease } from "../../../infra/stackFile/release.ts";
import { encryptedStack } from "./encryptedStack.ts";

/** `ssh-keygen -t ed25519 -N locked`: the cipher stands in its first bytes, in the clear. */
const LOCKED_OPENSSH_KEY = [
  "-----BEGIN OPENSSH PRIVATE KEY-----",
  Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...["aes256-ctr", "bcrypt", "options"].map(lengthPrefixed),
    Buffer.from([0, 0, 0, 1]),
    ...["public key", "private section"].map(lengthPrefixed),
  ]).toString("base64"),
  "-----END OPENSSH PRIVATE KEY-----",
].join("\n");

function lengthPrefixed(text: string): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
}

/** A key pair nobody uses. */
export const KEY_PAIR = deriveHostKey("only for tests", ["operator"]);
/** Another one. */
export const OTHER_KEY_PAIR = deriveHostKey("only for tests", ["somebody else"]);

/** 32 octets in base64 that nobody uses. */
export const SEED = "kGu8p2Qm0Jt5rXcV1nZbYs9WfD4hLaE7oTi3RxKqN6A=";

/** Every key of a small stack, as it stands in its file. */
const EXAMPLE = {
  network: { cidr: "10.25.0.0/24" },
  ssh: {
    user: "debian",
    publicKeyFile: "id_ed25519.pub",
    privateKeyFile: "id_ed25519",
    hostKeySeedFile: "seed",
    allowFrom: ["198.51.100.0/24"],
    bastion: { host: "127.0.0.1", port: 12222, user: "bastion", hostKeyFile: "bastion.pub" },
  },
  defaults: {
    flavor: "edge.small",
    imageId: "b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a11",
    externalNetwork: "Ext-Net",
  },
  nodes: { "edge-1": { priority: 200 }, "edge-2": { priority: 100 } },
  vips: {
    web: {
      address: "10.25.0.10",
      protocol: "vrrp",
      virtualRouterId: 10,
      advertisementInterval: "1s",
      public: { floatingIp: { pool: "Ext-Net" } },
    },
  },
  agentKeys: { number: 1 },
  services: [{ protocol: "tcp", port: 80, from: ["0.0.0.0/0"] }],
};

/** A copy to break. */
export function exampleConfig(): typeof EXAMPLE {
  return structuredClone(EXAMPLE);
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A release that was never built. */
export const RELEASE: AgentRelease = {
  version: "0.1.0",
  sha256: sha256("release"),
  digest: sha256("digest"),
  folder: import.meta.dirname,
  runtime: { version: "20.20.2", sha256: sha256("runtime"), file: import.meta.filename },
  installScript: "echo installed\n",
};

const FILES: Readonly<Record<string, string>> = {
  "id_ed25519.pub": `${KEY_PAIR.publicKey}\n`,
  id_ed25519: KEY_PAIR.privateKey,
  seed: `${SEED}\n`,
  "other.pub": OTHER_KEY_PAIR.publicKey,
  "bastion.pub": OTHER_KEY_PAIR.publicKey,
  "locked.openssh": LOCKED_OPENSSH_KEY,
  locked: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
};

/** A source with the given keys; what is not given is as in the example. */
export function sourceOf(
  config: Readonly<Record<string, unknown>>,
  overrides: Partial<ConfigSource> = {},
): ConfigSource {
  const values = new Map([["openstack:region", "RegionLocal"]]);
  for (const [key, value] of Object.entries(config)) {
    values.set(`vip-failover:${key}`, typeof value === "string" ? value : JSON.stringify(value));
  }
  return {
    project: "vip-failover",
    stack: "test",
    values: Object.fromEntries(values),
    ...encryptedStack(config),
    readText: (path) => {
      const text = FILES[path];
      if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      return text;
    },
    readRelease: () => RELEASE,
    ...overrides,
  };
}

/** The example, loaded. */
export function loadExample(config: Readonly<Record<string, unknown>> = exampleConfig()): CheckedConfig {
  return loadConfig(sourceOf(config));
}

/** What is wrong with a configuration; nothing when it loads. */
export function problemsOf(source: ConfigSource): readonly Problem[] {
  try {
    loadConfig(source);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A copy of a configuration with the value at a path replaced, or removed when it is undefined. */
export function withValue(
  path: string,
  value: unknown,
  config: Readonly<Record<string, unknown>> = exampleConfig(),
): Record<string, unknown> {
  const copy = structuredClone(config) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const holder = keys.reduce<Record<string, unknown>>(
    (inner, key) => (inner[key] ??= {}) as Record<string, unknown>,
    copy,
  );
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
  return copy;
}

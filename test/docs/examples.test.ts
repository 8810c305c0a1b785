/**
 * What the guides show can be used: a block of `json` is a whole agent.json, one of `yaml` with keys of the stack is a
 * change to a small stack, and what follows a block that begins with `# refused` is what the operator sees.
 */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { parseAgentConfig } from "../../agent/config/parse.ts";
import { loadConfig } from "../../infra/load.ts";
import { ConfigError } from "../../infra/schema/problem.ts";
import { exampleConfig, KEY_PAIR, sourceOf } from "../infra/stacks/exampleConfig.ts";
import { type Block, readGuides } from "./guide.ts";

const NAMESPACE = /^vip-failover:/;
const REFUSED = "# refused\n";
const KEY = "0a".repeat(32);

describe("what the guides show", () => {
  for (const { blocks } of readGuides()) {
    blocks.forEach((block, index) => {
      if (block.language === "json")
        it(`${block.place}: the agent takes this document`, () => {
          assertTaken(block);
        });
      if (block.language !== "yaml" || !/^ *vip-failover:/m.test(block.text)) return;
      if (!block.text.startsWith(REFUSED)) {
        it(`${block.place}: a stack may have this`, () => {
          assert.equal(messageFor(block), "");
        });
        return;
      }
      it(`${block.place}: a stack is refused with the words that follow`, () => {
        const said = messageFor(block).split("\n").slice(1).join("\n");
        assert.equal(unwrapped(said), unwrapped(blocks[index + 1]?.text ?? ""));
      });
    });
  }
});

/** A guide breaks lines that are too long for it. */
const unwrapped = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

function assertTaken({ text }: Block): void {
  const parsed = parseAgentConfig(text);
  assert.deepEqual(parsed.ok ? [] : parsed.problems, []);
}

/** What is said about the small stack with the block's keys in it; empty when it is good. */
function messageFor({ text }: Block): string {
  const document = parse(text) as Record<string, unknown>;
  const written = Object.entries(isMap(document["config"]) ? document["config"] : document);
  const own = written
    .filter(([key]) => key.startsWith("vip-failover:"))
    .map(([key, value]) => [key.replace(NAMESPACE, ""), value]);
  const config = merged(exampleConfig(), Object.fromEntries(own) as Record<string, unknown>);
  try {
    loadConfig(sourceOf(withSecrets(config), { readText }));
    return "";
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** Of any file a key, as its name says. */
function readText(path: string): string {
  return path.endsWith(".pub") ? KEY_PAIR.publicKey : KEY_PAIR.privateKey;
}

/** Of these one thing is said and no other, so that another takes its place. */
const CHOICES = ["public"];

function merged(into: unknown, change: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = { ...(into as Record<string, unknown>) };
  for (const [key, value] of Object.entries(change as Record<string, unknown>)) {
    result[key] = isMap(value) && isMap(result[key]) && !CHOICES.includes(key) ? merged(result[key], value) : value;
  }
  return result;
}

function openstackSecret(openstack: unknown): Record<string, unknown> {
  if (!isMap(openstack)) return {};
  const credential = openstack["applicationCredential"] as Record<string, unknown>;
  return { openstack: { ...openstack, applicationCredential: { secret: "s3cret", ...credential } } };
}

/** What the text tells the operator to set: passwords of CARP, keys where only their use is written, a credential's secret. */
function withSecrets(config: Record<string, unknown>): Record<string, unknown> {
  const vips = Object.entries(config["vips"] as Record<string, Record<string, unknown>>).map(([name, vip]) => {
    const { protocol, authentication } = vip;
    if (protocol === "carp") return [name, { ...vip, authentication: "s3cret" }];
    return [name, isMap(authentication) ? { ...vip, authentication: { ...authentication, keys: { 1: KEY } } } : vip];
  });
  return { ...config, ...openstackSecret(config["openstack"]), vips: Object.fromEntries(vips) as unknown };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Everything that is secret, looked for everywhere that is not. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { labFiles } from "../../../lab/settings/settings.ts";
import { CHECKOUT, STATE_DIR } from "../../../toolchain/places.ts";
import type { PlantedSecrets } from "../scene/furtherVips.ts";
import { NODES, type NodeName, type Scene } from "../scene/scene.ts";

const ROOT_ONLY = "600 root\n";
/** Commands of the agent that tell about it. */
const TOLD_BY_AGENTS = [["status"], ["status", "--json"], ["metrics"], ["record"]];

export function describeSecrets(scene: Scene, planted: PlantedSecrets): void {
  describe("secrets", () => {
    it("are in one file of root's on a node", async () => {
      for (const node of NODES) {
        assert.equal(await scene.run(node, "stat", "--format=%a %U", "/etc/failover-agent/agent.json"), ROOT_ONLY);
        const staged = await scene.run(node, "stat", "--format=%a", "/home/debian/.failover-agent/agent.json");
        assert.equal(staged, "600\n", "and in its copy of the deployment's");
      }
      const { voicePassword, apiKeys } = planted;
      for (const secret of [voicePassword, apiKeys[1], apiKeys[2]]) {
        assert.ok((await documentOf(scene, "edge-1")).includes(secret), "what is looked for is really there");
      }
    });

    it("stand in clear neither in the state, nor in a preview, nor in a log, nor in any process's arguments", async () => {
      const { voicePassword, apiKeys } = planted;
      await assertNowhere(scene, [
        ["first VRRP key", apiKeys[1]],
        ["second VRRP key", apiKeys[2]],
        ["CARP password", voicePassword],
      ]);
    });
  });
}

/** Looks for these, and for what every environment has, wherever they must not be. @param planted each with its name */
export async function assertNowhere(scene: Scene, planted: readonly (readonly [string, string])[]): Promise<void> {
  const secrets = [...(await commonSecrets(scene)), ...planted];
  for (const [place, text] of await placesOf(scene)) {
    for (const [name, secret] of secrets) {
      assert.ok(!text.replaceAll("\\n", "").includes(secret), `the ${name} stands in ${place}`);
    }
    assert.ok(!text.includes("OPENSSH PRIVATE KEY"), `a private key stands in ${place}`);
  }
}

export const documentOf = (scene: Scene, node: NodeName): Promise<string> =>
  scene.run(node, "cat", "/etc/failover-agent/agent.json");

async function commonSecrets(scene: Scene): Promise<readonly (readonly [string, string])[]> {
  const { settings, password } = scene.world;
  const privateKey = await readFile(labFiles(settings).sshPrivateKey, "utf8");
  const keys = (await documentOf(scene, "edge-1")).match(/(?<="(?:key|secret)": ")[0-9a-f]{64}(?=")/g) ?? [];
  assert.ok(keys.length > 0);
  const seed = await readFile(labFiles(settings).hostKeySeed, "utf8");
  return [
    ["operator's private key", privateKey.split("\n").slice(1, -2).join("").slice(40, 120)],
    ["cloud password", password],
    ["seed", seed.trim()],
    ...keys.map((key, index) => [`agents' key ${index}`, key] as const),
  ];
}

/** Where secrets must not be, with what is there. */
async function placesOf(scene: Scene): Promise<readonly (readonly [string, string])[]> {
  const { settings } = scene.world;
  const onNodes = await Promise.all(
    NODES.flatMap((node) => [
      scene.journal(node).then((text) => [`${node}'s journal`, text] as const),
      ...TOLD_BY_AGENTS.map(async (words) => {
        return [`what "${words.join(" ")}" says on ${node}`, await scene.agent(node, ...words)] as const;
      }),
    ]),
  );
  return [
    ["the exported state", await scene.pulumi("stack", "export")],
    ["a preview", await scene.pulumi("preview", "--diff", "--show-sames", "--expect-no-changes")],
    ["the stack's outputs", await scene.pulumi("stack", "output", "--json")],
    ["the state on disk", await filesIn(join(STATE_DIR, "pulumi-state"))],
    ["the stack's file", await readFile(join(CHECKOUT, "stacks", `Pulumi.${settings.stack}.yaml`), "utf8")],
    ["what the engine has said", scene.said.join("\n")],
    ["the arguments of a process", scene.arguments.join("\n")],
    ["the lab's log", await readFile(labFiles(settings).log, "utf8")],
    ...onNodes,
  ];
}

/** All files below a folder, as one text. Those of other stacks may go meanwhile. */
async function filesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  assert.ok(files.length > 0, `${folder} is empty`);
  return (await Promise.all(files.map((file) => textOf(file)))).join("\n");
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** The ebtables that Neutron's Linux bridge agent finds first: it deletes rules as the agent asks for it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { hostNames } from "../../lab/host/names.ts";
import { addNamespace, inNamespace } from "../../lab/host/namespace.ts";
import { sweep } from "../../lab/host/sweep.ts";
import { PROGRAMS } from "../../lab/openstack/services.ts";
import { runCommand } from "../../toolchain/command.ts";

const NAME = "vipf-ostebtables";
const NAMESPACE = hostNames(NAME).computeHost(1);
const WRAPPER = join(PROGRAMS, "ebtables");
const CHAIN = "neutronMAC-tap1";

const ebtables = (program: string, line: string, accept: readonly number[] = [0]) =>
  runCommand(inNamespace(NAMESPACE, [program, "-t", "nat", "--concurrent", ...line.split(" ")]), { accept });

/** As the agent reads them, which it gives back word by word to delete one. */
async function rules(): Promise<readonly string[]> {
  const { stdout } = await ebtables(WRAPPER, `-L ${CHAIN}`);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("-"))
    .map((line) => line.trim());
}

describe("ebtables for Neutron's agent", () => {
  before(async () => {
    await addNamespace(NAMESPACE);
    await ebtables(WRAPPER, `-N ${CHAIN} -P DROP`);
  });
  after(() => sweep(NAME));

  it("deletes the rule with the addresses that it is asked for, and no other", async () => {
    for (const last of ["01", "02", "03"]) {
      await ebtables(WRAPPER, `-A ${CHAIN} -i tap1 --among-src fa:16:3e:00:00:${last} -j RETURN`);
    }
    const [first, second, third] = await rules();
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    // What makes the wrapper needed; once this fails, it is not any more.
    const { stderr } = await ebtables("/usr/sbin/ebtables-nft", `-D ${CHAIN} ${second}`, [4]);
    assert.match(stderr, /RULE_DELETE failed/);
    await ebtables(WRAPPER, `-D ${CHAIN} ${second}`);
    assert.deepEqual(await rules(), [first, third]);
  });

  it("says so when there is no such rule, and leaves all others to the real one", async () => {
    const { stderr } = await ebtables(WRAPPER, `-D ${CHAIN} -i tap1 --among-src fa:16:3e:00:00:99 -j RETURN`, [1]);
    assert.match(stderr, /chain neutronMAC-tap1 has no such rule: -i tap1 --among-src fa:16:3e:00:00:99/);
    await ebtables(WRAPPER, `-A ${CHAIN} -i tap2 -j ACCEPT`);
    await ebtables(WRAPPER, `-D ${CHAIN} -i tap2 -j ACCEPT`);
    assert.equal((await rules()).length, 2);
  });
});

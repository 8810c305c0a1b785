import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bootServices } from "../../lab/host/bootServices.ts";

describe("services that start at boot", () => {
  let etc: string;

  before(async () => {
    etc = await mkdtemp(join(tmpdir(), "vipf-etc-"));
  });
  after(() => rm(etc, { recursive: true }));

  const link = async (path: string): Promise<void> => {
    await mkdir(dirname(join(etc, path)), { recursive: true });
    await symlink("/dev/null", join(etc, path));
  };

  it("are none on a host that has none of the folders", async () => {
    assert.deepEqual(await bootServices(etc), { units: new Set(), scripts: new Set() });
  });

  it("are the units that a target wants, and the scripts that a runlevel starts", async () => {
    await link("systemd/system/multi-user.target.wants/mariadb.service");
    await link("systemd/system/sockets.target.wants/epmd.socket");
    await link("systemd/system/iscsi.service");
    await link("rc2.d/S01keystone");
    await link("rc3.d/S03keystone");
    await link("rc2.d/K01memcached");
    await link("rc0.d/S01halt");
    const { units, scripts } = await bootServices(etc);
    assert.deepEqual([...units].sort(), ["epmd.socket", "mariadb.service"]);
    assert.deepEqual([...scripts], ["keystone"]);
  });
});

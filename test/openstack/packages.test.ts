/** On which systems a real OpenStack can be. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { refuseOtherSystem } from "../../lab/openstack/settings/packages.ts";

const DEBIAN_12 = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n`;
const UBUNTU = `PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n`;

describe("OpenStack's packages", () => {
  it("are Debian 12's", () => {
    refuseOtherSystem(DEBIAN_12);
  });

  it("are refused on another system by its name, with the doubles as the way out", () => {
    const refusals = [
      [UBUNTU, "Ubuntu 24.04.1 LTS"],
      [DEBIAN_12.replaceAll("12", "13").replace("bookworm", "trixie"), "Debian GNU/Linux 13 (trixie)"],
      ["", "no known system"],
    ] as const;
    for (const [release, name] of refusals) {
      const refused = (): void => {
        refuseOtherSystem(release);
      };
      assert.throws(refused, {
        name: "UserError",
        message: `the lab's real OpenStack comes from the packages of Debian 12, and this is ${name}`,
        remedy: /use a Debian 12 machine, or the doubles/,
      });
    }
  });
});

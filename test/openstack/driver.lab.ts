/** Nova's driver against the Nova that is installed: it is loaded as the service does, and says what it says as Nova expects. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ensureOpenstackPackages } from "../../lab/openstack/settings/packages.ts";
import { runCommand } from "../../toolchain/command.ts";
import { CHECKOUT } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";

const DRIVER = join(CHECKOUT, "lab/openstack/nova");

/** Runs a Python program that has the driver as nova-compute's launcher makes it known. */
async function python(program: string): Promise<string> {
  const launcher = `import runpy; runpy.run_path(${JSON.stringify(join(DRIVER, "compute.py"))}, run_name="launcher")\n`;
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" };
  const { stdout } = await runCommand(["/usr/bin/python3", "-c", launcher + program], { env, timeoutMs: 60_000 });
  return stdout.trim();
}

describe("Nova's driver", () => {
  before(function () {
    this.timeout(600_000);
    return ensureOpenstackPackages(createProgress());
  });

  it("is found by the name that Nova's configuration gives, and leaves nothing beside the sources", async () => {
    const program = `
from oslo_utils import importutils
from nova.virt import driver
print(isinstance(importutils.import_object("nova.virt.vipf.VipfDriver", None), driver.ComputeDriver))
`;
    assert.equal(await python(program), "True");
    const { stdout } = await runCommand(["find", DRIVER, "-name", "__pycache__"]);
    assert.equal(stdout, "");
  });

  it("takes what Nova gives its methods, by the same names", async () => {
    const program = `
import inspect, json
from nova.virt import driver
from nova.virt.vipf import VipfDriver
def parameters(kind, name):
    return [(it.name, it.default is it.empty) for it in inspect.signature(getattr(kind, name)).parameters.values()]
own = [name for name, value in vars(VipfDriver).items() if callable(value) and not name.startswith("_")]
other = {name: parameters(VipfDriver, name) for name in own
         if not hasattr(driver.ComputeDriver, name) or parameters(driver.ComputeDriver, name) != parameters(VipfDriver, name)}
unknown = [name for name in VipfDriver.capabilities if name not in driver.ComputeDriver.capabilities]
print(json.dumps({"methods": len(own) > 20, "other": other, "unknown": unknown}))
`;
    assert.deepEqual(JSON.parse(await python(program)), { methods: true, other: {}, unknown: [] });
  });

  it("says a card as the hypervisor takes it", async () => {
    const program = `
import json
from nova.network import model
from nova.virt.vipf import words
def vif(**meta):
    subnets = [
        model.Subnet(cidr="10.25.0.0/24", gateway=model.IP("10.25.0.1"), ips=[model.FixedIP(address="10.25.0.11")]),
        model.Subnet(cidr="fd25::/64", gateway=model.IP(None), ips=[model.FixedIP(address="fd25::11")]),
    ]
    network = model.Network(id="n", bridge="brqn", label="edge", subnets=subnets, **meta)
    return model.VIF(id="p", address="FA:16:3E:00:00:01", network=network, type="bridge", active=False)
print(json.dumps([words.port(vif(mtu=1450)), words.port(vif(physical_network="external"))["external"]]))
`;
    const port = {
      ...{ id: "p", networkId: "n", mac: "fa:16:3e:00:00:01", mtu: 1450, external: false },
      addresses: [
        { address: "10.25.0.11", prefixLength: 24, gateway: "10.25.0.1" },
        { address: "fd25::11", prefixLength: 64 },
      ],
    };
    assert.deepEqual(JSON.parse(await python(program)), [port, true]);
  });

  it("calls a machine by what can be a host's name", async () => {
    const program = `
import json, types
from nova.virt.vipf import words
names = ["edge-1", "\u00e9dge-1", "\u00e9-", "\u00e9"]
print(json.dumps([words._host_name(types.SimpleNamespace(hostname=name, uuid="u")) for name in names]))
`;
    assert.deepEqual(JSON.parse(await python(program)), ["edge-1", "dge-1", "server-u", "server-u"]);
  });
});

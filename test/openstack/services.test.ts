/** The services of a real OpenStack as data: order, networks, arguments. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { novaComputeProgram } from "../../lab/openstack/compute/program.ts";
import type { Setting } from "../../lab/openstack/configuration/common.ts";
import { containerCommand, enterCommand } from "../../lab/openstack/container.ts";
import { apis, conductors, foundation, identity, type Service, workers } from "../../lab/openstack/services.ts";
import { placesOf } from "../../lab/openstack/settings/places.ts";

const PLACES = placesOf("/state");
const SECRETS = ["adminsecret", "servicesecret", "queuesecret"] as const;
const SETTING: Setting = {
  places: PLACES,
  secrets: { admin: SECRETS[0], service: SECRETS[1], queue: SECRETS[2] },
  region: "RegionTest",
  gateway: "http://127.0.0.1:15000",
  computeHosts: 3,
};
const COMPUTE = novaComputeProgram("/state/hypervisor.sock");
const ALL: readonly Service[] = [
  ...foundation(),
  identity(SETTING),
  ...apis(SETTING),
  ...conductors(SETTING),
  ...workers(SETTING, COMPUTE),
];

describe("OpenStack's services", () => {
  it("have one name each, and come after services that are started no later", () => {
    assert.equal(new Set(ALL.map(({ name }) => name)).size, ALL.length);
    const order = new Map(ALL.map(({ name }, index) => [name, index]));
    for (const { name, after } of ALL) {
      for (const other of after)
        assert.ok((order.get(other) ?? Infinity) < (order.get(name) ?? 0), `${name}, ${other}`);
    }
  });

  it("have a bridge agent and a compute service for each host, and routers on the first", () => {
    const inHosts = ALL.filter(({ host }) => host !== undefined).map(({ name, host }) => `${name} in ${String(host)}`);
    assert.deepEqual(inHosts.sort(), [
      "compute-1-bridge-agent in 1",
      "compute-1-router-agent in 1",
      "compute-2-bridge-agent in 2",
      "compute-3-bridge-agent in 3",
    ]);
    const computes = ALL.filter(({ name }) => name.endsWith("nova-compute"));
    assert.equal(computes.length, 3);
    for (const { argv, environment } of computes) {
      assert.equal(environment["VIPF_HYPERVISOR_SOCKET"], "/state/hypervisor.sock");
      assert.ok(!argv.includes("/state/etc/nova/database.conf"), "a compute service must not see databases");
    }
  });

  it("show no secret in arguments or environment", () => {
    const shown = JSON.stringify(ALL);
    for (const secret of SECRETS) assert.ok(!shown.includes(secret));
  });

  it("listen on the loopback or on sockets that are root's alone", () => {
    const addresses = ALL.flatMap(({ argv }) => argv).filter((argument) =>
      /^(0\.0\.0\.0|\*|\[?::\]?)(:\d+)?$/.test(argument),
    );
    assert.deepEqual(addresses, []);
    for (const { name, argv } of ALL.filter((service) =>
      service.argv.some((it) => it.includes(".sock") && it.includes("./")),
    )) {
      assert.ok(argv.includes("--chmod-socket=600") || argv.some((it) => it.includes("mode=600")), name);
    }
  });
});

describe("the container's commands", () => {
  it("end with who started them, in namespaces of their own", () => {
    const command = containerCommand(PLACES, "vipf-test-control");
    assert.deepEqual(command.slice(0, 6), [
      ...["setpriv", "--pdeathsig", "KILL", "--", "nsenter", "--net=/run/netns/vipf-test-control"],
    ]);
    for (const flag of ["--mount", "--pid", "--kill-child", "--mount-proc"]) assert.ok(command.includes(flag), flag);
  });

  it("enter a host's network with a /sys of its own, and that of the control services without", () => {
    const inHost = enterCommand(42, "vipf-test-control", ["agent"], { namespace: "vipf-test-host-1" });
    assert.ok(inHost.includes("--net=/run/netns/vipf-test-host-1"));
    assert.ok(inHost.some((argument) => argument.includes("mount -t sysfs")));
    const inControl = enterCommand(42, "vipf-test-control", ["api"], {});
    assert.ok(inControl.includes("--net=/run/netns/vipf-test-control"));
    assert.ok(!inControl.some((argument) => argument.includes("sysfs")));
    assert.equal(inControl.at(-1), "api");
  });

  it("give up root where a service has a user of its own", () => {
    const command = enterCommand(42, "vipf-test-control", ["rabbitmq-server"], { user: "rabbitmq" });
    const at = command.indexOf("--reuid");
    assert.deepEqual(command.slice(at, at + 5), ["--reuid", "rabbitmq", "--regid", "rabbitmq", "--clear-groups"]);
  });
});

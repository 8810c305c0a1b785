/** What the services of a real OpenStack are configured with. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Setting } from "../../lab/openstack/configuration/common.ts";
import { glanceConfiguration } from "../../lab/openstack/configuration/glance.ts";
import { renderIni } from "../../lab/openstack/configuration/ini.ts";
import { keystoneConfiguration } from "../../lab/openstack/configuration/keystone.ts";
import { neutronConfiguration } from "../../lab/openstack/configuration/neutron.ts";
import { CELL_ADDRESSES, novaConfiguration } from "../../lab/openstack/configuration/nova.ts";
import { placementConfiguration } from "../../lab/openstack/configuration/placement.ts";
import { queueConfiguration } from "../../lab/openstack/configuration/rabbitmq.ts";
import { placesOf } from "../../lab/openstack/settings/places.ts";

const SECRETS = ["adminsecret", "servicesecret", "queuesecret"] as const;
const SETTING: Setting = {
  places: placesOf("/state"),
  secrets: { admin: SECRETS[0], service: SECRETS[1], queue: SECRETS[2] },
  region: "RegionTest",
  gateway: "http://127.0.0.1:15000",
  computeHosts: 2,
};

const FILES = new Map(
  [
    ...keystoneConfiguration(SETTING),
    ...placementConfiguration(SETTING),
    ...glanceConfiguration(SETTING),
    ...neutronConfiguration(SETTING),
    ...novaConfiguration(SETTING, "vipf.VipfDriver"),
  ].map(({ path, text }) => [path.slice("/state/etc/".length), text]),
);

/** The value of an option in a file. */
function option(file: string, section: string, name: string): string | undefined {
  const text = FILES.get(file);
  assert.ok(text !== undefined, `there is no ${file}, only ${[...FILES.keys()].join(", ")}`);
  const body = `\n${text}`.split(`\n[${section}]\n`)[1]?.split("\n[")[0] ?? "";
  return new RegExp(`^${name} = (.*)$`, "m").exec(body)?.[1];
}

describe("an ini file", () => {
  it("has sections, lists with commas, and no value that oslo.config takes for a reference", () => {
    const text = renderIni({ DEFAULT: { on: true, count: 3, list: ["a", "b"] }, other: { path: "/a$b" } });
    assert.equal(text, "[DEFAULT]\non = true\ncount = 3\nlist = a,b\n\n[other]\npath = /a$$b\n");
  });

  it("refuses a value that would go on as another option", () => {
    assert.throws(() => renderIni({ api: { name: "a\npassword = b" } }), /\[api\] name has a line break/);
  });
});

describe("OpenStack's configuration", () => {
  it("names each compute host, in Nova and in Neutron", () => {
    for (const number of [1, 2]) {
      const host = `compute-${number}`;
      assert.equal(option(`nova/${host}.d/host.conf`, "DEFAULT", "host"), host);
      const agent = `neutron/${host}/linuxbridge_agent.ini`;
      assert.equal(option(agent, "DEFAULT", "host"), host);
      assert.equal(option(agent, "vxlan", "local_ip"), `172.31.99.${number}`);
    }
    assert.ok(![...FILES.keys()].some((path) => path.includes("compute-3")));
  });

  it("has the external network and the routers on the first host alone", () => {
    const mapping = (host: string) =>
      option(`neutron/${host}/linuxbridge_agent.ini`, "linux_bridge", "physical_interface_mappings");
    assert.deepEqual([mapping("compute-1"), mapping("compute-2")], ["external:ext0", undefined]);
    assert.deepEqual(
      [...FILES.keys()].filter((path) => path.endsWith("l3_agent.ini")),
      ["neutron/compute-1/l3_agent.ini"],
    );
  });

  it("keeps databases from compute hosts, whose files are nova.conf and their own", () => {
    assert.equal(option("nova/nova.conf", "database", "connection"), undefined);
    assert.equal(option("nova/nova.conf", "api_database", "connection"), undefined);
    assert.match(option("nova/database.conf", "api_database", "connection") ?? "", /\/nova_api\?unix_socket=/);
  });

  it("gives services each other's direct addresses, never the gateway's, where they log in", () => {
    for (const [file, section] of [
      ["nova/nova.conf", "neutron"],
      ["nova/nova.conf", "placement"],
      ["neutron/neutron.conf", "nova"],
      ["glance/glance-api.conf", "keystone_authtoken"],
      ["placement/placement.conf", "keystone_authtoken"],
    ] as const) {
      assert.equal(option(file, section, "auth_url"), "http://127.0.0.1:5000/v3", `${file} [${section}]`);
      assert.equal(option(file, section, "password"), "servicesecret", `${file} [${section}]`);
      assert.equal(option(file, section, "region_name"), "RegionTest", `${file} [${section}]`);
    }
    assert.equal(option("neutron/neutron.conf", "nova", "endpoint_type"), "internal");
  });

  it("waits with a server's start for Neutron's word, and has Neutron give it", () => {
    assert.equal(option("nova/nova.conf", "DEFAULT", "vif_plugging_is_fatal"), "true");
    assert.equal(option("nova/nova.conf", "DEFAULT", "compute_driver"), "vipf.VipfDriver");
    assert.equal(option("neutron/neutron.conf", "DEFAULT", "notify_nova_on_port_status_changes"), "true");
  });

  it("listens on the loopback and the underlay, and has the queue's password in both places", () => {
    const queue = queueConfiguration(SETTING).get("rabbitmq.conf") ?? "";
    assert.match(queue, /^listeners\.tcp\.1 = 172\.31\.99\.254:5672$/m);
    assert.match(queue, /^default_pass = queuesecret$/m);
    assert.equal(
      option("nova/nova.conf", "DEFAULT", "transport_url"),
      "rabbit://openstack:queuesecret@172.31.99.254:5672/",
    );
    const binds = [...FILES.values()].flatMap((text) => text.match(/^(?:bind_host|\w+_listen) = .*$/gm) ?? []);
    assert.deepEqual(new Set(binds.map((line) => line.split(" = ")[1])), new Set(["127.0.0.1"]));
  });

  it("puts no password into what the databases' template keeps", () => {
    for (const address of Object.values(CELL_ADDRESSES)) {
      for (const secret of SECRETS) assert.ok(!address.includes(secret));
      assert.match(address, /^\{scheme\}:\/\/\{username\}/);
    }
  });
});

describe("places", () => {
  it("refuse a folder whose sockets' paths would be cut off", () => {
    assert.throws(() => placesOf(`/${"a".repeat(100)}`), {
      name: "UserError",
      message: /is 13 bytes too long for sockets/,
      remedy: /shorter path/,
    });
    assert.equal(placesOf("/state").socket("network"), "/state/run/network.sock");
  });
});

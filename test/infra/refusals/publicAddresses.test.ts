/** Public addresses and the APIs behind them: what is refused, and the sentence it is refused with. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { problemsOf, sourceOf, withValue } from "../stacks/exampleConfig.ts";
import { ovhConfig, PROJECT } from "../stacks/ovhConfig.ts";
import { said } from "./table.ts";

const ovh = (path: string, value: unknown) => said(withValue(path, value, ovhConfig()));
const ONE = "write one of failoverIp, floatingIp and routed";

describe("a stack's configuration refuses a public address", () => {
  it("that is none, or two", () => {
    assert.deepEqual(said(ovhConfig()), []);
    assert.deepEqual(ovh("vips.web.public", {}), [`vips.web.public | says no way to the VIP | ${ONE}`]);
    assert.deepEqual(ovh("vips.web.public.floatingIp", {}), [
      `vips.web.public | has failoverIp and floatingIp: a VIP has one public address | ${ONE}`,
    ]);
    assert.deepEqual(ovh("vips.web.public.failoverIp", "198.51.100.0/24"), [
      'vips.web.public.failoverIp = "198.51.100.0/24" | is a range, not one address | write one address of the project\'s Additional IPs, such as 198.51.100.10',
    ]);
  });

  it("that two VIPs have", () => {
    const mail = {
      address: "10.25.0.20",
      protocol: "vrrp",
      virtualRouterId: 20,
      public: { failoverIp: "198.51.100.10" },
    };
    assert.deepEqual(ovh("vips.mail", mail), [
      'vips.mail.public.failoverIp = "198.51.100.10" | is that of VIP "web" already: it can lead to one master only | give each VIP its own, or make the one an alias of the other',
    ]);
  });

  it("of OVH without a project, credentials or an external network", () => {
    const why = 'is missing, and VIP "web" has a failover IP, which the agents move through OVH\'s API';
    assert.deepEqual(said(withValue("network.vrack", undefined, withValue("ovh", undefined, ovhConfig()))), [
      `ovh | ${why} | write { project, credentials }`,
    ]);
    assert.deepEqual(ovh("ovh.credentials", undefined), [
      `ovh.credentials | ${why} | write create, or credentials of the agents' own`,
    ]);
    assert.deepEqual(ovh("ovh.project", undefined), [
      `ovh.project | ${why} | write the project's id, or openstack:tenantId`,
    ]);
    assert.deepEqual(ovh("defaults.externalNetwork", undefined), [
      'defaults.externalNetwork | is missing, and VIP "web" has a failover IP: it could not be reached without a way to the outside | write the external network\'s name, such as Ext-Net',
    ]);
  });

  it("that agents move without the API of that cloud, and settings of it where they do not", () => {
    const moved = withValue("ssh.via", "private", withValue("vips.web.public.floatingIp.move", "agent"));
    assert.deepEqual(said(moved), [
      'openstack | is missing, and the agents move the floating IP of VIP "web" through OpenStack\'s API | write { applicationCredential: { id, secret } }, or move: port',
    ]);
    assert.deepEqual(said(withValue("vips.web.public.takeBackAfter", "5s")), [
      'vips.web.public.takeBackAfter = "5s" | is about an address that the agents move through an API, and this one they do not | remove it',
    ]);
    assert.deepEqual(ovh("vips.web.public.onWitnessLoss", "panic"), [
      'vips.web.public.onWitnessLoss = "panic" | is not a choice for the loss of the API | write "hold" or "release"',
    ]);
  });

  it("that agents move to an address of the node that has a floating IP already", () => {
    const access = {
      authUrl: "https://keystone.example/v3",
      region: "GRA11",
      applicationCredential: { id: "i", secret: "s" },
    };
    const moved = withValue("openstack", access, withValue("vips.web.public.floatingIp.move", "agent"));
    const why = "leads to the nodes' own addresses, and";
    const one = "OpenStack has one floating IP for an address";
    assert.deepEqual(said(moved), [
      `vips.web.public.floatingIp.move = "agent" | ${why} so do those that SSH goes by: ${one} | write ssh.via: private, through a bastion or a VPN, or move: port`,
    ]);
    const mail = {
      address: "10.25.0.20",
      protocol: "vrrp",
      virtualRouterId: 20,
      public: { floatingIp: { move: "agent" } },
    };
    assert.deepEqual(said(withValue("vips.mail", mail, withValue("ssh.via", "private", moved))), [
      `vips.mail.public.floatingIp.move = "agent" | ${why} so does that of VIP "web": ${one} | write move: port`,
    ]);
  });

  it("that is routed into the vRack on another VLAN than 0, or is somebody's on the network", () => {
    const routed = withValue("vips.web.public", { routed: "198.51.100.17" }, ovhConfig());
    assert.deepEqual(said(routed), [
      'network.vlan = 42 | is not 0, where alone a block that is routed into the vRack can be, as VIP "web" has it | write vlan: 0',
    ]);
    const taken = withValue("vips.web.public.routed", "10.25.0.11", withValue("network.vlan", 0, routed));
    assert.deepEqual(said(withValue("nodes.edge-1.address", "10.25.0.11", taken)), [
      'nodes.edge-1.address = "10.25.0.11" | is already that of the routed address of VIP "web" | write an address of the network that is free',
    ]);
  });

  it("to manage nodes by that they do not have", () => {
    assert.deepEqual(said(withValue("ssh.via", "public")), [
      'ssh.via = "public" | needs ports on the external network, which nodes have where a VIP has a failover IP | write floatingIp or private',
    ]);
  });
});

describe("a stack's configuration refuses access to a cloud", () => {
  it("that is no project, vRack, endpoint or set of credentials, without showing what may be secret", () => {
    assert.deepEqual(ovh("ovh.project", "edge"), [
      `ovh.project = "edge" | is no project's id | write the project's id, 32 hexadecimal digits (the control panel shows it under the project's name)`,
    ]);
    assert.deepEqual(ovh("network.vrack", "100042"), [
      "network.vrack = \"100042\" | is no vRack's name | write the vRack's name, such as pn-123456, or leave the key out",
    ]);
    assert.deepEqual(ovh("ovh.endpoint", "ovh-de"), [
      'ovh.endpoint = "ovh-de" | is no endpoint of OVH\'s API | write ovh-eu, ovh-ca, ovh-us or a URL such as https://eu.api.ovh.com/1.0',
    ]);
    const wrong = ovh("ovh.credentials", { clientId: "EU.1", secret: "planted" });
    assert.equal(wrong.length > 0 && !wrong.join().includes("planted"), true, wrong.join("\n"));
  });

  it("with secrets in clear text", () => {
    const keys = problemsOf(sourceOf(ovhConfig(), { secretKeys: ["vip-failover:vips"] })).map(({ key }) => key);
    assert.deepEqual(keys, [
      "vip-failover:ovh.credentials.applicationSecret",
      "vip-failover:ovh.credentials.consumerKey",
    ]);
  });

  it("with the operator's own keys", () => {
    const environment = { OVH_CONSUMER_KEY: "planted-ck" };
    const problems = problemsOf(sourceOf(ovhConfig(), { environment }));
    assert.deepEqual(
      problems.map(({ key, why, value }) => [key, why, value]),
      [["vip-failover:ovh.credentials.consumerKey", "is the operator's own, and would lie on every node", undefined]],
    );
  });

  it("without a project that neither the stack nor the provider names", () => {
    const config = withValue("ovh.project", undefined, ovhConfig());
    assert.match(said(config).join(), /ovh\.project \| is missing/);
    assert.deepEqual(problemsOf(sourceOf(config, { environment: { OVH_CLOUD_PROJECT_SERVICE: PROJECT } })), []);
  });
});

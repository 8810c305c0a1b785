/** Refusals of ports: a service opens none that another key guards. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { exampleConfig, withValue } from "../stacks/exampleConfig.ts";
import { refused, said, table } from "./table.ts";

const from = ["0.0.0.0/0"];
const service = (port: unknown, protocol = "tcp"): unknown => [{ protocol, port, from }];
const at = (port: number | string): string => `services[0].port = ${JSON.stringify(port)}`;

const SSH = "the port of SSH: ssh.allowFrom says who may use it";
const PEER_LINK = "the port of the peer link: only the members may reach it";
const METRICS = "the port of the metrics: metrics.allowFrom says who may read them";

describe("a stack's configuration refuses a service", () => {
  table('write a port such as 80, or a range such as "8000-8010"', [
    refused("services", [{ protocol: "tcp", from }], "is missing: it would open every port", "services[0].port"),
    ...["90-80", "http", 0, 65_536, [80]].map((port) =>
      refused(
        "services",
        service(port),
        "is no port or range of ports from 1 to 65535",
        `services[0].port = ${JSON.stringify(port)}`,
      ),
    ),
  ]);
  table("remove it", [refused("services", service(8, "icmp"), "is given, and ICMP has no ports", at(8))]);
  table("list the networks, [0.0.0.0/0] for everybody", [
    refused("services", [{ protocol: "tcp", port: 80, from: [] }], "is empty", "services[0].from = []"),
  ]);
  table("write the service's own port", [
    refused("services", service(22), `is ${SSH}`, at(22)),
    refused("services", service("22"), `is ${SSH}`, at(22)),
    refused("services", service(4112), `is ${PEER_LINK}`, at(4112)),
  ]);
  table("write ranges that leave it out", [
    refused("services", service("1-65535"), `holds 22, ${SSH}`, at("1-65535")),
    refused("services", service("22-80"), `holds 22, ${SSH}`, at("22-80")),
    refused("services", service("4000-5000"), `holds 4112, ${PEER_LINK}`, at("4000-5000")),
  ]);

  it("that opens the metrics, where they are served", () => {
    const served = { ...exampleConfig(), metrics: {} };
    assert.deepEqual(said({ ...served, services: service(9112) }), [
      `${at(9112)} | is ${METRICS} | write the service's own port`,
    ]);
    assert.deepEqual(said({ ...served, services: service("9000-9200") }), [
      `${at("9000-9200")} | holds 9112, ${METRICS} | write ranges that leave it out`,
    ]);
    assert.deepEqual(said({ ...exampleConfig(), services: service(9112) }), []);
  });

  it("but none beside those ports, and none of a link that is not there", () => {
    for (const port of [21, "23-4111", "4113-65535"]) assert.deepEqual(said(withValue("services", service(port))), []);
    for (const port of ["22", 4112, "1-65535"]) assert.deepEqual(said(withValue("services", service(port, "udp"))), []);
    const without = withValue("peerLink", { enabled: false });
    assert.deepEqual(said({ ...without, services: service(4112) }), []);
    const moved = withValue("peerLink", { port: 5000 });
    assert.deepEqual(said({ ...moved, services: service(4112) }), []);
    assert.deepEqual(said({ ...moved, services: service(5000) }), [
      `${at(5000)} | is ${PEER_LINK} | write the service's own port`,
    ]);
  });
});

describe("a stack's configuration refuses a port that is another's", () => {
  table("write another port from 1 to 65535, or leave the key out", [
    refused("peerLink.port", 22, "is the port of SSH"),
    refused("metrics", { port: 22 }, "is the port of SSH", "metrics.port = 22"),
    refused("metrics", { port: 4112 }, "is the port of the peer link", "metrics.port = 4112"),
  ]);
});

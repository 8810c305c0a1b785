import assert from "node:assert/strict";
import { parseAgentConfig } from "../../agent/config/parse.ts";
import { vrrpRouterConfig } from "../../agent/election/vrrp/vrrpRouter.ts";

describe("the configuration of a VRRP router", () => {
  it("is its part of the document: microseconds, addresses without prefix length, in their order", () => {
    const document = parseAgentConfig(
      JSON.stringify({
        version: 1,
        node: "edge-1",
        virtualRouters: [
          {
            name: "web",
            protocol: "vrrp",
            virtualRouterId: 10,
            priority: 250,
            advertisementInterval: "100ms",
            preempt: false,
            preemptDelay: "30s",
            startupDelay: "5s",
            sourceAddress: "10.25.0.11",
            peers: ["10.25.0.13", "10.25.0.12"],
            addresses: ["10.25.0.101/24", "10.25.0.100/32"],
          },
        ],
      }),
    );
    assert.ok(document.ok);
    const routers = document.config.virtualRouters.filter((router) => router.protocol === "vrrp");
    assert.deepEqual(routers.map(vrrpRouterConfig), [
      {
        virtualRouterId: 10,
        priority: 250,
        advertisementIntervalMicros: 100_000,
        preempt: false,
        preemptDelayMicros: 30_000_000,
        startupDelayMicros: 5_000_000,
        sourceAddress: "10.25.0.11",
        peers: ["10.25.0.13", "10.25.0.12"],
        addresses: ["10.25.0.101", "10.25.0.100"],
      },
    ]);
  });
});

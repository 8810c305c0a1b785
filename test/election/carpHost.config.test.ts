import assert from "node:assert/strict";
import { virtualRouter } from "../../agent/config/schema/virtualRouter.ts";
import { carpHostConfig } from "../../agent/election/carp/carpHost.ts";

const DOCUMENT = {
  name: "web",
  protocol: "carp",
  virtualRouterId: 10,
  password: "test-vector",
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12"],
  addresses: ["10.25.0.100/32", { address: "198.51.100.10/24", interface: "ens4" }],
};

function configOf(changes: Readonly<Record<string, unknown>>) {
  const document = virtualRouter.parse({ ...DOCUMENT, ...changes });
  if (document.protocol !== "carp") assert.fail("the document is not of a CARP host");
  return carpHostConfig(document);
}

describe("the configuration of a CARP host", () => {
  it("has the defaults of carp(4) where the document says nothing, except that it preempts", () => {
    assert.deepEqual(configOf({}), {
      virtualHostId: 10,
      advertisementBase: 1,
      advertisementSkew: 0,
      dialect: "openbsd",
      preempt: true,
      preemptDelayMicros: 0,
      startupDelayMicros: 0,
      sourceAddress: "10.25.0.11",
      peers: ["10.25.0.12"],
      addresses: ["10.25.0.100", "198.51.100.10"],
    });
  });

  it("is what the document says", () => {
    const changes = { advertisementBase: 0, advertisementSkew: 254, dialect: "ucarp", preempt: false } as const;
    const config = configOf({ ...changes, preemptDelay: "30s", startupDelay: "10s" });
    assert.deepEqual({ ...config, ...changes }, config);
    assert.deepEqual([config.preemptDelayMicros, config.startupDelayMicros], [30_000_000, 10_000_000]);
  });
});

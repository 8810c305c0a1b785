import assert from "node:assert/strict";
import { drawCluster } from "../../lab/picture.ts";

const node = (name: string, address: string, priority: number) => ({ name, address, priority });

describe("the picture of a stack", () => {
  it("leads from the clients over the VIP to every node that may hold it", () => {
    const picture = drawCluster({
      vips: {
        web: {
          address: "10.25.0.10",
          publicAddress: "203.0.113.103",
          virtualRouterId: 10,
          protocol: "vrrp",
          masterToBe: "edge-1",
          nodes: [node("edge-1", "10.25.0.11", 200), node("edge-2", "10.25.0.12", 100)],
        },
      },
      nodes: {},
      agent: { version: "0.1.0", sha256: "0" },
    });
    assert.deepEqual(picture.split("\n"), [
      "  clients ──▶ 203.0.113.103  (floating IP)",
      "                    │",
      '  VIP "web" ──▶ 10.25.0.10  (vrrp 10)',
      "                    ├──────────────────────────┐",
      "        ┌───────────┴────────────┐ ┌───────────┴────────────┐",
      "        │ edge-1                 │ │ edge-2                 │",
      "        │ 10.25.0.11             │ │ 10.25.0.12             │",
      "        │ priority 200, master   │ │ priority 100           │",
      "        └────────────────────────┘ └────────────────────────┘",
    ]);
  });
});

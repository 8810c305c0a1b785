/** Which nodes can have a failover IP. */
import assert from "node:assert/strict";
import { isElsewhere, unableFlavor } from "../../../infra/plan/failoverIpFit.ts";

const flavor = (name: string, enabled: boolean) => ({ name, capabilities: [{ name: "failoverip", enabled }] });

describe("a failover IP's fit", () => {
  it("names the first flavor that can have none, and leaves those that are not listed to the cloud", () => {
    const known = [flavor("b3-8", true), flavor("bm-s1", false), { name: "old", capabilities: [] }];
    assert.equal(unableFlavor(["b3-8", "old", "unheard-of"], known), undefined);
    assert.equal(unableFlavor(["b3-8", "bm-s1"], known), "bm-s1");
  });

  it("is another part of the world only where both say theirs", () => {
    const cases = [
      ["EU", "EU", false],
      ["EU", "NA", true],
      ["", "NA", false],
      [undefined, "NA", false],
      ["EU", undefined, false],
    ] as const;
    for (const [address, region, elsewhere] of cases) assert.equal(isElsewhere(address, region), elsewhere);
  });
});

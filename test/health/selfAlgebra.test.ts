import assert from "node:assert/strict";
import { type SelfAnalysis, selfAnalysis } from "../../agent/config/priority/selfAnalysis.ts";
import { virtualRouter } from "../../agent/config/schema/virtualRouter.ts";

const common = {
  name: "web",
  virtualRouterId: 10,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.12"],
  addresses: ["10.25.0.10/32"],
  track: { uplink: 60, service: "all" },
} as const;
const vrrp = (fields: object): SelfAnalysis => algebra({ ...common, protocol: "vrrp", priority: 200, ...fields });
const carp = (fields: object): SelfAnalysis => algebra({ ...common, protocol: "carp", password: "secret", ...fields });

function algebra(written: unknown): SelfAnalysis {
  const [result] = selfAnalysis("edge-1", [virtualRouter.parse(written)]);
  assert.ok(result !== undefined);
  return result;
}

describe("priority algebra of one document", () => {
  it("shows what each failed check leaves of this node", () => {
    const { virtualRouter: name, configured, effects, ineffective } = vrrp({});
    assert.equal(name, "web");
    assert.equal(configured?.text, "200");
    assert.deepEqual(
      effects.map(({ check, effective }) => [check, effective?.text]),
      [
        ["uplink", "140"],
        ["service", undefined],
      ],
    );
    assert.deepEqual(ineffective, []);
  });

  it("knows demotions that can have no effect whatever the others are", () => {
    const why = ({ ineffective }: SelfAnalysis): string[] =>
      ineffective.map(({ check, why: reason }) => `${check}: ${reason}`);
    assert.deepEqual(why(vrrp({ priority: 255 })), ["uplink: an address owner (priority 255) is never demoted"]);
    assert.deepEqual(why(vrrp({ priority: 1 })), ["uplink: 1 is as low as it gets"]);
    assert.match(why(vrrp({ preempt: false })).join(), /^uplink: without preemption nobody takes over from a master/);
    assert.match(why(carp({ dialect: "ucarp", preempt: false })).join(), /^uplink: without preemption/);
    assert.deepEqual(why(carp({ dialect: "ucarp", advertisementSkew: 240 })), ["uplink: 1/240 is as low as it gets"]);
    assert.deepEqual(why(carp({ preempt: false })), [], "OpenBSD's count needs no preemption");
  });
});

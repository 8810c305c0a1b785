/** Refusals of what a node may claim: checks, demotions, sync groups, states. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { exampleConfig, withValue } from "../stacks/exampleConfig.ts";
import { messageOf, refused, said, table } from "./table.ts";

const PING = { ping: "192.0.2.1" };
const track = (name: string, tracked: unknown): readonly string[] =>
  said(withValue("vips.web.track", { [name]: tracked }));

describe("a stack's configuration refuses a check", () => {
  it("that there is none of", () => {
    assert.deepEqual(track("uplink", 110), [
      "vips.web.track.uplink | names a check that there is none of | add checks.uplink, or write the check here with its demotion",
    ]);
  });

  it("that nobody tracks, and takes it for the one that was meant", () => {
    const config = withValue("vips.web.track", { uplnk: 110 }, { ...exampleConfig(), checks: { uplink: PING } });
    assert.deepEqual(said(config), [
      "vips.web.track.uplnk | names a check that there is none of | did you mean uplink?",
      "checks.uplink | is tracked by no VIP: it would run and change nothing | add it to a VIP, as track: { uplink: 60 }, or remove it",
    ]);
  });

  it("that costs nothing or is none", () => {
    const demote = "write a number from 1 to 254, or all";
    assert.deepEqual(track("uplink", PING), [`vips.web.track.uplink.demote | is missing | ${demote}`]);
    assert.deepEqual(track("uplink", { ...PING, demote: 0 }), [
      `vips.web.track.uplink.demote = 0 | is no demotion | ${demote}`,
    ]);
    assert.deepEqual(track("uplink", "most"), [
      `vips.web.track.uplink = "most" | is neither a demotion nor a check | ${demote}, or a check with its demotion, such as { ping: 192.0.2.1, demote: 60 }`,
    ]);
    assert.deepEqual(track("uplink", { pnig: "192.0.2.1", demote: "all" }), [
      'vips.web.track.uplink = {"pnig":"192.0.2.1","demote":"all"} | is not a check | write an object with one of link, address, defaultRoute, ping, tcp, http, command, process, file',
    ]);
  });

  it("with a word or a value that it has not", () => {
    assert.deepEqual(track("uplink", { ...PING, demote: "all", every: "10", evry: "10s" }), [
      'vips.web.track.uplink.every = "10" | is not an interval of a check | write 100ms to 1h, such as 10s',
      "vips.web.track.uplink.evry | is no key of the configuration | remove it, or correct its name",
    ]);
  });

  it("that may still be running when it is due again", () => {
    assert.deepEqual(track("uplink", { ...PING, demote: "all", every: "1s", timeout: "1s" }), [
      'vips.web.track.uplink.timeout = "1s" | is not less than the 1s after which the check runs again | shorten it, or check less often with every',
    ]);
  });

  it("with a name that fits neither an expression nor a document", () => {
    assert.deepEqual(track("up link", { ...PING, demote: "all" }), [
      "vips.web.track.up link | has a name that no expression or metric could use | use letters, digits and inner dashes, such as uplink",
    ]);
    const long = "u".repeat(61);
    assert.deepEqual(track(long, { ...PING, demote: "all" }), [
      `vips.web.track.${long} | is "web.${long}" on the nodes: 65 letters, and 64 is the most | shorten the name`,
    ]);
  });
});

describe("a stack's configuration refuses a demotion that can never move the VIP", () => {
  it("with the table that shows it", () => {
    assert.equal(
      messageOf(withValue("vips.web.track", { uplink: { ...PING, demote: 60 } })),
      `stack "test" has one problem in its configuration; nothing was touched.
  vip-failover:vips.web.track.uplink.demote = 60
    the failed check "web.uplink" demotes edge-1 by 60 and, with all else good, can never move the address: it is still better than every other

    node    priority  failed check  effective priority  master
    edge-1       200  none                         200  edge-1
    edge-1       200  web.uplink                   140  edge-1
    edge-2       100  none                         100  edge-1
    edge-2       100  web.uplink                    40  edge-1

    -> write 101 or more, or "all"`,
    );
  });

  it("because it makes a tie, or because nobody preempts", () => {
    const shared = withValue("vips.web.track", { uplink: 100 }, { ...exampleConfig(), checks: { uplink: PING } });
    assert.match(said(shared).join(), /^vips\.web\.track\.uplink = 100 \| .*: the next one is only equal then/);
    const lazy = withValue(
      "vips.web.preempt",
      false,
      withValue("vips.web.track", { uplink: { ...PING, demote: 150 } }),
    );
    assert.match(
      said(lazy).join(),
      /: the others would be better and do not preempt\n[^|]*\| write "all", or preempt: true$/,
    );
  });

  it("but not one that can: CARP's demotion count always does, ucarp's is added to the skew", () => {
    const carp = (dialect: string) => ({
      ...exampleConfig(),
      vips: {
        web: {
          address: "10.25.0.10",
          protocol: "carp",
          virtualRouterId: 1,
          authentication: "s3cret",
          dialect,
          track: { uplink: { ...PING, demote: 60 } },
        },
      },
    });
    assert.deepEqual(said(carp("openbsd")), []);
    assert.match(said(carp("ucarp")).join(), /^vips\.web\.track\.uplink\.demote = 60 \| /);
  });
});

describe("a stack's configuration refuses a sync group", () => {
  const mail = { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20, priorities: { "edge-2": 250 } };
  const two = withValue("vips.mail", mail);

  it("of one VIP, of none, or of one in two groups", () => {
    assert.deepEqual(said({ ...two, syncGroups: { gateway: ["web"], other: ["web", "mial"] } }), [
      'syncGroups.gateway = ["web"] | has no two VIPs that could move together | name at least two VIPs, or remove the group',
      'syncGroups.other[0] = "web" | is in the group "gateway" already | put all that move together into one group',
      'syncGroups.other[1] = "mial" | is no VIP | did you mean mail?',
    ]);
  });

  it("whose VIPs prefer different nodes", () => {
    assert.deepEqual(said({ ...two, syncGroups: { gateway: ["web", "mail"] } }), [
      'syncGroups.gateway = ["web","mail"] | would be called to two places: web prefers edge-1, edge-2, and mail prefers edge-2, edge-1 | give the VIPs of a group the same nodes in the same order of priority',
    ]);
  });
});

describe("a stack's configuration refuses states", () => {
  const body = (action: unknown) => ({ states: { neutral: { body: [action] } } });

  it("that are none, in the agent's words", () => {
    const mixed = "role.web.master || link.ens3.up && link.ens4.up";
    assert.deepEqual(said({ ...exampleConfig(), states: body({ if: mixed, then: [{ setState: "gone" }] }) }), [
      `states.states.neutral.body[0].if = "${mixed}" | mixes && and || | write parentheses around what belongs together`,
    ]);
    assert.deepEqual(said({ ...exampleConfig(), states: body({ setState: "gone" }) }), [
      'states.states.neutral.body[0].setState = "gone" | is no state | write one of neutral',
    ]);
  });

  it("that ask for what a node has not", () => {
    const states = body({ if: "role.mail.master && check.uplink.good", then: [{ run: ["/bin/true"] }] });
    assert.deepEqual(said({ ...exampleConfig(), states }), [
      'states.states.neutral.body[0].if | "mail" is no virtual router of this document | correct the name',
      'states.states.neutral.body[0].if | "uplink" is no check of this document | add it to checks, or correct the name',
    ]);
    const mail = { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20, priorities: { "edge-3": 250 } };
    const nodes = { ...exampleConfig().nodes, "edge-3": {} };
    const three = { ...withValue("vips.mail", mail), nodes, states: body({ if: "role.web.master", then: [] }) };
    assert.deepEqual(said(three), [
      'states.states.neutral.body[0].if | "web" is no virtual router of this document, on edge-3 | correct the name',
    ]);
  });
});

describe("a stack's configuration refuses a name in a section:", () => {
  table("write { uplink: { ping: 192.0.2.1 } }", [refused("checks", [], "is a list, where a map is needed")]);
});

/** Whose is it, on a kernel that keeps no marks on addresses? The agent goes by what it wrote down. */
import assert from "node:assert/strict";
import type { Link, LinkAddress } from "../../agent/interfaces/kernel.ts";
import { AddressMarks, keepsMarks, type RecordFile } from "../../agent/linux/netlink/addressMarks.ts";
import { AgentNode } from "../../agent/node/node.ts";
import { configOf } from "../support/documents.ts";
import { ethernet, FakeKernel } from "../support/fakeKernel.ts";
import { Segment } from "./segment.ts";
import { story } from "./stories.ts";

const SECOND = 1_000_000;
const VIP: LinkAddress = { address: "10.25.0.10", prefixLength: 32, origin: 0 };

/** What was done to addresses. */
const changesOf = ({ deeds }: FakeKernel): string[] => story(deeds).filter((line) => /^(add|remove) /.test(line));

/** A kernel before 5.18 with what linuxKernel.ts does about it. */
class KernelWithoutMarks extends FakeKernel {
  readonly #marks: AddressMarks;

  constructor(links: readonly Link[], file: RecordFile, boot: string) {
    super(links);
    this.#marks = new AddressMarks(file, boot);
  }

  override links(): readonly Link[] {
    return this.#marks.mark(super.links());
  }

  override addAddress(linkIndex: number, address: LinkAddress): void {
    this.#marks.note(linkIndex, address);
    try {
      super.addAddress(linkIndex, { ...address, origin: 0 });
    } catch (error) {
      this.#marks.forget(linkIndex, address);
      throw error;
    }
  }

  override renewAddress(linkIndex: number, address: LinkAddress): void {
    this.#marks.note(linkIndex, address);
    super.renewAddress(linkIndex, { ...address, origin: 0 });
  }
}

describe("ownership: a kernel that keeps no marks", () => {
  /** A file in memory. */
  function inMemory(): RecordFile & { text: string | undefined } {
    const file = {
      text: undefined as string | undefined,
      read: () => file.text,
      write: (text: string) => {
        file.text = text;
      },
    };
    return file;
  }

  /** A node on such a kernel. */
  function life(links: readonly Link[], file: RecordFile, lease: "3s" | "off" = "3s", boot = "1") {
    const kernel = new KernelWithoutMarks(links, file, boot);
    const reactor = new AgentNode(configOf(1, { priority: 200, lease }), kernel, () => undefined);
    const segment = new Segment([{ kernel, reactor }]);
    reactor.start(segment.nowMicros);
    return { kernel, reactor, segment, role: () => reactor.status(0).virtualRouters[0]?.role };
  }

  /** The links as a killed master leaves them. */
  function killed(file: RecordFile, lease: "3s" | "off" = "3s"): readonly Link[] {
    const { kernel, segment } = life([ethernet("10.25.0.11")], file, lease);
    segment.run(5 * SECOND);
    const links = FakeKernel.prototype.links.call(kernel);
    assert.deepEqual(
      links[0]?.addresses.map(({ origin }) => origin),
      [0, 0],
    );
    return links;
  }

  it("is one before Linux 5.18", () => {
    assert.deepEqual(["4.19.0-27-amd64", "5.10.0", "5.17.15", "5.18.0", "6.1.0-18-amd64"].map(keepsMarks), [
      ...[false, false, false],
      ...[true, true],
    ]);
  });

  it("has the agent take off what it set itself, in this life or an earlier one", () => {
    for (const lease of ["3s", "off"] as const) {
      const file = inMemory();
      const after = life(killed(file, lease), file, lease);
      assert.equal(after.role(), "resuming");
      after.reactor.shutdown(after.segment.nowMicros);
      after.segment.run(3 * SECOND);
      assert.deepEqual(after.kernel.addresses(), ["10.25.0.11/24"]);
    }
  });

  for (const [what, change, lease] of [
    [
      "that lives for ever, where the agent's was leased",
      ({ address, prefixLength, origin }: LinkAddress) => ({ address, prefixLength, origin }),
      "3s",
    ],
    ["that lives longer than the agent let it", (there: LinkAddress) => ({ ...there, lifetimeSeconds: 600 }), "3s"],
    ["of another prefix length", (there: LinkAddress) => ({ ...there, prefixLength: 24 }), "off"],
    [
      "that has an end, where the agent's had none",
      (there: LinkAddress) => ({ ...there, lifetimeSeconds: 600 }),
      "off",
    ],
  ] as const) {
    it(`leaves an address ${what}`, () => {
      const file = inMemory();
      const links = killed(file, lease).map((link) => ({
        ...link,
        addresses: link.addresses.map((there) => (there.address === VIP.address ? change(there) : there)),
      }));
      const after = life(links, file, lease);
      after.segment.run(10 * SECOND);
      assert.equal(after.role(), "initialize");
      assert.deepEqual(changesOf(after.kernel), []);
    });
  }

  it("leaves an address that was set by hand after the agent's had gone, and everything of another boot", () => {
    const file = inMemory();
    const { kernel, reactor, segment, role } = life([ethernet("10.25.0.11")], file, "off");
    segment.run(5 * SECOND);
    reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), segment.nowMicros);
    segment.run(5 * SECOND);
    reactor.status(segment.nowMicros);
    kernel.change(2, () => ethernet("10.25.0.11", VIP));
    kernel.takeDeeds();
    reactor.networkChanged(segment.nowMicros);
    reactor.setEligibilities(new Map(), segment.nowMicros);
    assert.equal(role(), "initialize");
    assert.deepEqual(changesOf(kernel), []);

    const booted = life([ethernet("10.25.0.11", VIP)], file, "off", "2");
    assert.equal(booted.role(), "initialize");
  });

  it("takes a record that is damaged for none", () => {
    for (const text of ["", "{", "null", '{"boot":"1"}', '{"boot":"1","addresses":[{"linkIndex":"2"}]}']) {
      const after = life([ethernet("10.25.0.11", VIP)], { ...inMemory(), read: () => text });
      assert.equal(after.role(), "initialize", text);
    }
  });
});

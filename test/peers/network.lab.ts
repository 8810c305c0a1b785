/** Two agents' peer links over two networks of which one or both fail, with real packets lost. */
import assert from "node:assert/strict";
import { KEY, type LinkConfig } from "./link.ts";
import { type LinkProcess, startLink } from "./startLink.ts";
import { addressesOf, hostOf, TwoHosts } from "./twoHosts.ts";

const [PRIVATE = ""] = addressesOf(1);

function configOf(node: number): LinkConfig {
  const other = 3 - node;
  return {
    listen: [...addressesOf(node)],
    port: 4_112,
    key: KEY,
    keyNumber: 1,
    otherKeys: [],
    heartbeat: 50_000,
    missed: 3,
    peers: [{ node: `edge-${other}`, paths: [...addressesOf(other)] }],
  };
}

describe("peer link over two networks", () => {
  let hosts: TwoHosts;
  let links: LinkProcess[] = [];

  const start = (node: number): LinkProcess => {
    const link = startLink({ node, config: configOf(node) }, hostOf(node));
    links.push(link);
    return link;
  };
  const lineEnds = ({ ear }: LinkProcess, end: string, count: number): Promise<unknown> =>
    ear.next("log", () => ear.all("log").filter(({ message }) => message.endsWith(end)).length >= count);
  const forgetAll = (): void => {
    for (const { ear } of links) ear.clear();
  };

  beforeEach(() => {
    hosts = new TwoHosts();
    links = [];
  });
  afterEach(() => {
    for (const link of links) link.process.kill("SIGKILL");
    TwoHosts.remove();
  });

  async function startBoth(): Promise<readonly [LinkProcess, LinkProcess]> {
    const both = [start(1), start(2)] as const;
    for (const link of both) await lineEnds(link, "is up", 2);
    forgetAll();
    return both;
  }

  it("keeps the peer when one network fails, and has both again when it heals", async () => {
    const both = await startBoth();
    hosts.cut("private");
    for (const { ear } of both) await ear.next("log", ({ message }) => message.includes("is down"));
    hosts.heal();
    for (const link of both) await lineEnds(link, "is up", 1);
    for (const { ear } of both) assert.deepEqual([...ear.all("lost"), ...ear.all("back")], []);
  });

  it("loses the peer when both fail, on both sides, and has it back when they heal", async () => {
    const both = await startBoth();
    hosts.cut("private");
    hosts.cut("public");
    for (const { ear } of both) assert.equal((await ear.next("lost")).why, "silent");
    hosts.heal();
    for (const { ear } of both) await ear.next("back");
  });

  it("loses the peer on both sides when only one direction fails", async () => {
    const both = await startBoth();
    hosts.cut("private", [1]);
    hosts.cut("public", [1]);
    for (const { ear } of both) assert.equal((await ear.next("lost")).why, "silent");
  });

  it("loses nobody on networks that lose one packet in twenty", async () => {
    const both = await startBoth();
    for (const cable of ["private", "public"] as const) hosts.cut(cable, [1, 2], 5);
    await new Promise((done) => setTimeout(done, 10_000));
    for (const { ear } of both) assert.deepEqual(ear.all("lost"), []);
  });

  it("suspects a killed process at once, though a kernel and a wire are between them", async () => {
    const [one, two] = await startBoth();
    one.process.kill("SIGKILL");
    const { peer } = await two.ear.next("suspected");
    assert.ok((peer.lastHeardAgoMs ?? Infinity) < peer.detectionMs, `heard ${peer.lastHeardAgoMs} ms ago`);
    assert.equal((await two.ear.next("lost")).why, "closed");
  });

  it("goes on without an own address that is not there yet, and uses it when it is", async () => {
    hosts.takeAddress(1, "private");
    const [one, two] = [start(1), start(2)];
    await one.ear.next("log", ({ fields }) => fields["reason"] === "own-address-missing");
    for (const { ear } of [one, two]) await ear.next("back");
    hosts.giveAddress(1, "private");
    await two.ear.next("log", ({ message }) => message === `peer edge-1: path ${PRIVATE} is up`);
    for (const { ear } of [one, two]) assert.equal(ear.all("back").length, 1);
  });
});

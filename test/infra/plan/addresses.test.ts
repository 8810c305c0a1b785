/** Where addresses fall, as tables and as properties. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { allocationPool, defaultGateway, defaultNodeAddress, formatRange } from "../../../infra/values/addresses.ts";
import {
  canonicalCidr,
  contains,
  formatIpv4,
  type Ipv4Network,
  parseCidr,
  parseIpv4,
} from "../../../infra/values/ipv4.ts";

const network = (cidr: string): Ipv4Network => {
  const parsed = parseCidr(cidr);
  assert.ok(parsed, cidr);
  return parsed;
};

const anyAddress = fc.integer({ min: 0, max: 0xffffffff });
const anyNetwork = fc.tuple(anyAddress, fc.integer({ min: 8, max: 28 })).map(([address, prefix]) => {
  const { first } = network(`${formatIpv4(address)}/${prefix}`);
  return network(`${formatIpv4(first)}/${prefix}`);
});
const nodeName = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);

describe("IPv4 arithmetic", () => {
  it("reads what it writes", () => {
    fc.assert(fc.property(anyAddress, (address) => parseIpv4(formatIpv4(address)) === address));
  });

  it("knows a network's two ends", () => {
    const { first, last, prefixLength } = network("10.25.3.7/22");
    assert.deepEqual([formatIpv4(first), formatIpv4(last), prefixLength], ["10.25.0.0", "10.25.3.255", 22]);
    assert.equal(canonicalCidr(network("10.25.3.7/22")), "10.25.0.0/22");
    assert.equal(formatIpv4(network("0.0.0.0/0").last), "255.255.255.255");
  });

  it("takes nothing else for an address or a network", () => {
    for (const text of ["", "10.25.0", "10.25.0.256", "010.25.0.1", "10.25.0.1 ", "::1", "a.b.c.d"]) {
      assert.equal(parseIpv4(text), undefined, text);
    }
    for (const text of ["10.25.0.0", "10.25.0.0/", "10.25.0.0/33", "10.25.0.0/-1", "10.25.0.0/8/8", "/24"]) {
      assert.equal(parseCidr(text), undefined, text);
    }
  });
});

describe("a network's plan", () => {
  const rows = [
    ["10.25.0.0/24", "10.25.0.1", "10.25.0.224", "10.25.0.254"],
    ["10.25.0.0/16", "10.25.0.1", "10.25.255.224", "10.25.255.254"],
    ["192.168.42.0/28", "192.168.42.1", "192.168.42.12", "192.168.42.14"],
  ] as const;
  for (const [cidr, gateway, start, end] of rows) {
    it(`of ${cidr}: gateway ${gateway}, the cloud's own ${start} to ${end}`, () => {
      assert.equal(formatIpv4(defaultGateway(network(cidr))), gateway);
      assert.deepEqual(formatRange(allocationPool(network(cidr))), { start, end });
    });
  }
});

describe("a node's default address", () => {
  const rows = [
    ["10.25.0.0/24", "edge-1", "10.25.0.11"],
    ["10.25.0.0/24", "edge-2", "10.25.0.12"],
    ["10.25.0.0/16", "edge-300", "10.25.1.54"],
    ["192.168.42.0/28", "edge-1", "192.168.42.2"],
    ["192.168.42.0/28", "edge-10", "192.168.42.11"],
  ] as const;
  for (const [cidr, name, address] of rows) {
    it(`of ${name} in ${cidr} is ${address}`, () => {
      assert.equal(formatIpv4(defaultNodeAddress(network(cidr), name)), address);
    });
  }

  it("is a host's: inside, not the gateway's, not the cloud's own", () => {
    fc.assert(
      fc.property(anyNetwork, nodeName, (cidr, name) => {
        const address = defaultNodeAddress(cidr, name);
        assert.ok(contains(cidr, address));
        assert.ok(address > defaultGateway(cidr));
        assert.ok(address < allocationPool(cidr).start);
      }),
    );
  });

  it("follows from its own name alone: the same, whoever else there is", () => {
    fc.assert(
      fc.property(anyNetwork, fc.uniqueArray(nodeName, { minLength: 2, maxLength: 6 }), (cidr, names) => {
        const place = (list: readonly string[]) => new Map(list.map((name) => [name, defaultNodeAddress(cidr, name)]));
        const all = place(names);
        for (const [name, address] of place(names.slice(1).reverse())) assert.equal(all.get(name), address);
      }),
    );
  });
});

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  bridgeName,
  CLIENT_DEVICE,
  CLIENT_TAP,
  gatewayName,
  gatewayTapName,
  hostNames,
  routerPortName,
  tapName,
} from "../../lab/host/names.ts";

/** IFNAMSIZ - 1: if(7) counts the final zero byte. */
const INTERFACE_NAME_MAX = 15;

describe("names on the host", () => {
  it("fit an interface for any id", () => {
    const id = randomUUID();
    const names = [bridgeName, tapName, routerPortName, gatewayName, gatewayTapName].map((name) => name(id));
    for (const name of [...names, CLIENT_DEVICE, CLIENT_TAP]) {
      assert.ok(name.length <= INTERFACE_NAME_MAX, `${name} is ${name.length} bytes long`);
    }
    assert.equal(new Set(names).size, names.length);
  });

  it("are told from those of another lab, also of one whose name begins in the same way", () => {
    const id = randomUUID();
    const lab = hostNames("vipf-local");
    for (const own of [lab.fabric, lab.client, lab.control, lab.computeHost(2), lab.router(id), lab.server(id)])
      assert.ok(lab.owns(own), own);
    const other = hostNames("vipf-local2");
    for (const foreign of [other.fabric, other.server(id), "vipf-local", "vipf-local-", "vipf-local-fabric2", "eth0"]) {
      assert.equal(lab.owns(foreign), false, foreign);
    }
  });

  it("refuse a lab's name that leftovers could not be found by", () => {
    for (const name of ["local", "vipf-", "vipf-a-b", "vipf-A", "vipf-a/../b"]) {
      assert.throws(() => hostNames(name), new RegExp(`"${name}"`));
    }
  });
});

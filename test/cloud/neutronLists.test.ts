/** Neutron's lists: filters, fields, order, pages, tags. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { at, listAt, textAt } from "./cloudCaller.ts";
import { CloudUnderTest } from "./cloudUnderTest.ts";

const V2 = "/network/v2.0";

describe("Neutron's double: what lists show", () => {
  let cloud: CloudUnderTest;
  let segment: Awaited<ReturnType<CloudUnderTest["madeSegment"]>>;

  beforeEach(async () => {
    cloud = await CloudUnderTest.start();
    segment = await cloud.madeSegment();
  });
  afterEach(() => cloud.end());

  const port = (attributes: Record<string, unknown> = {}) =>
    cloud.made("ports", "port", { network_id: segment.networkId, ...attributes });

  describe("lists", () => {
    it("filters by attribute, part of an address, and several values", async () => {
      const [one, two] = [await port({ name: "one" }), await port({ name: "two" })];
      const found = async (query: string) =>
        listAt(await cloud.done("GET", `${V2}/ports?${query}`), "ports").map((row) => at(row, "id"));
      assert.deepEqual(await found("name=one"), [one]);
      assert.deepEqual(await found(`id=${one}&id=${two}`), [one, two]);
      assert.deepEqual(await found("fixed_ips=ip_address%3D10.25.0.201"), [two]);
      assert.deepEqual(await found("name=nobody"), []);
      const external = await cloud.done("GET", `${V2}/networks?router%3Aexternal=True`);
      assert.equal(textAt(external, "networks", 0, "name"), "Ext-Net");
      assert.match(await cloud.refused(400, "GET", `${V2}/ports?colour=red`), /invalid attribute for filtering/);
    });

    it("shows the fields asked for, in the order asked for, page by page", async () => {
      for (const name of ["b", "c", "a"]) await cloud.made("security-groups", "security_group", { name });
      const first = await cloud.done("GET", `${V2}/security-groups?sort_key=name&sort_dir=desc&limit=3&fields=name`);
      assert.deepEqual(listAt(first, "security_groups"), [{ name: "default" }, { name: "c" }, { name: "b" }]);
      const next = new URL(textAt(first, "security_groups_links", 0, "href"));
      const second = await cloud.done("GET", `${next.pathname}${next.search}`);
      assert.deepEqual(listAt(second, "security_groups"), [{ name: "a" }]);
      assert.equal(at(second, "security_groups_links"), undefined);
    });

    it("filters by tags", async () => {
      const id = await port({ name: "tagged" });
      await cloud.done("PUT", `${V2}/ports/${id}/tags`, { tags: ["red", "blue"] });
      const names = async (query: string) =>
        listAt(await cloud.done("GET", `${V2}/ports?${query}&device_owner=`), "ports").map((row) => at(row, "name"));
      assert.deepEqual(await names("tags=red,blue"), ["tagged"]);
      assert.deepEqual(await names("tags=red,green"), []);
      assert.deepEqual(await names("tags-any=red,green"), ["tagged"]);
      assert.deepEqual(await names("not-tags=red"), []);
    });
  });
});

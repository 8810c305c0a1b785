/** The same calls put to the doubles and to a real OpenStack: the answers are the same, but for a list that says why. */
import assert from "node:assert/strict";
import { REGION } from "../../lab/settings.ts";
import type { CloudCaller } from "../cloud/cloudCaller.ts";
import { CloudUnderTest } from "../cloud/cloudUnderTest.ts";
import { ALLOWED_DIFFERENCES } from "./comparison/allowed.ts";
import { type Exchange, interview } from "./comparison/calls.ts";
import { type Difference, differences, normalised } from "./comparison/normal.ts";
import { closeRealCloud, openRealCloud } from "./realLab.ts";

interface Found extends Difference {
  readonly call: string;
}

describe("the doubles beside a real OpenStack", () => {
  let doubles: CloudUnderTest;
  let real: CloudCaller;
  let found: readonly Found[] = [];

  before(async () => {
    doubles = await CloudUnderTest.start({
      images: REGION.images,
      flavors: REGION.flavors,
      externalNetwork: REGION.externalNetwork,
      computeHosts: REGION.openstackHosts,
    });
    doubles.defaults = { imageId: REGION.images[0].id, flavorId: REGION.flavors[0].id };
    real = await openRealCloud();
  });
  after(async () => {
    await doubles.end();
    await closeRealCloud();
  });

  it("answer the same calls, in the same order", async () => {
    const [played, true_] = [await interview(doubles), await interview(real)];
    assert.deepEqual(
      played.exchanges.map(({ call }) => call),
      true_.exchanges.map(({ call }) => call),
    );
    found = played.exchanges.flatMap((exchange, index) => compared(exchange, true_.exchanges[index] ?? exchange));
  });

  it("answer the same, but for what is listed", () => {
    const unlisted = found.filter((difference) => !ALLOWED_DIFFERENCES.some((allowed) => matches(allowed, difference)));
    assert.deepEqual(unlisted.map(inWords), []);
  });

  it("differ in all that is listed: what no longer differs is taken off the list", () => {
    const idle = ALLOWED_DIFFERENCES.filter((allowed) => !found.some((difference) => matches(allowed, difference)));
    assert.deepEqual(idle, []);
  });
});

function compared(doubles: Exchange, real: Exchange): readonly Found[] {
  const { call } = doubles;
  const all = differences(
    normalised({ status: doubles.status, body: doubles.body }),
    normalised({ status: real.status, body: real.body }),
  );
  return all.map((difference) => ({ call, ...difference }));
}

const matches = ({ call, path }: { readonly call: RegExp; readonly path: RegExp }, found: Found): boolean =>
  call.test(found.call) && path.test(found.path);

const inWords = ({ call, path, doubles, real }: Found): string =>
  `${call}, ${path}: doubles ${JSON.stringify(doubles)}, real ${JSON.stringify(real)}`;

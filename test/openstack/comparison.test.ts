/** The calls of the interview put to the doubles: they answer what a real OpenStack did, but for a list that says why. */
import assert from "node:assert/strict";
import { REGION } from "../../lab/settings/settings.ts";
import { CloudUnderTest } from "../cloud/cloudUnderTest.ts";
import { ALLOWED_DIFFERENCES } from "./comparison/allowed.ts";
import { interview } from "./comparison/calls.ts";
import { type Difference, differences } from "./comparison/normal.ts";
import { readRecording, recordable } from "./comparison/recording.ts";

interface Found extends Difference {
  readonly call: string;
}

describe("the doubles beside a real OpenStack's answers", function () {
  this.timeout(600_000);
  const recorded = readRecording();
  let found: readonly Found[] = [];

  before(async () => {
    const doubles = await CloudUnderTest.start({
      images: REGION.images,
      flavors: REGION.flavors,
      externalNetwork: REGION.externalNetwork,
      computeHosts: REGION.openstackHosts,
    });
    doubles.defaults = { imageId: REGION.images[0].id, flavorId: REGION.flavors[0].id };
    const played = recordable(await interview(doubles).finally(() => doubles.end()));
    assert.deepEqual(
      played.map(({ call }) => call),
      recorded.map(({ call }) => call),
    );
    found = played.flatMap((exchange, index) =>
      differences(exchange, recorded[index]).map((difference) => ({ call: exchange.call, ...difference })),
    );
  });

  it("are the same, but for what is listed", () => {
    const unlisted = found.filter((difference) => !ALLOWED_DIFFERENCES.some((allowed) => matches(allowed, difference)));
    assert.equal(unlisted.map(inWords).join("\n"), "");
  });

  it("differ in all that is listed: what no longer does is taken off the list", () => {
    const idle = ALLOWED_DIFFERENCES.filter((allowed) => !found.some((difference) => matches(allowed, difference)));
    assert.deepEqual(idle, []);
  });
});

const matches = ({ call, path }: { readonly call: RegExp; readonly path: RegExp }, found: Found): boolean =>
  call.test(found.call) && path.test(found.path);

const inWords = ({ call, path, doubles, real }: Found): string =>
  `${call}, ${path}: doubles ${JSON.stringify(doubles)}, real ${JSON.stringify(real)}`;

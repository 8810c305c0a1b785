/** A real OpenStack's APIs: they answer as was recorded, which the doubles are held to, and the real provider lives on them. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { namespaces } from "../../lab/host/namespace.ts";
import { REGION } from "../../lab/settings/settings.ts";
import { STATE_DIR } from "../../toolchain/places.ts";
import { describeProviderLifeCycle } from "../cloud/providerLifeCycle.ts";
import { describeMovedFloatingIp } from "../clouds/movedFloatingIp.ts";
import { interview } from "./comparison/calls.ts";
import { RECORDING, readRecording, recordable } from "./comparison/recording.ts";
import { openRealCloud, type RealCloud } from "./realCloud.ts";

const NAME = "vipf-apis";

describe("the APIs of a real OpenStack", () => {
  let cloud: RealCloud;

  before(async () => {
    cloud = await openRealCloud(NAME);
  });
  after(() => cloud.close());

  it("answer as was recorded", async () => {
    const answered = recordable(await interview(cloud.api));
    const file = join(STATE_DIR, "interview.json");
    await writeFile(file, `${JSON.stringify(answered, null, 1)}\n`);
    assert.deepEqual(
      answered,
      readRecording(),
      `${file} has the new answers: if they are right, copy it to ${RECORDING}`,
    );
  });

  describeProviderLifeCycle("a real OpenStack", () => {
    const [small, big] = REGION.flavors;
    const [one, other] = REGION.images;
    const isEmpty = async (): Promise<boolean> =>
      !(await namespaces()).some((namespace) => namespace.startsWith(`${NAME}-server-`));
    return Promise.resolve({
      caller: cloud.api,
      authUrl: cloud.openstack.authUrl,
      credentials: cloud.credentials,
      flavors: { small, big },
      images: { one, other },
      isEmpty,
      end: () => Promise.resolve(),
    });
  });

  describeMovedFloatingIp("a real Neutron", () => {
    const { authUrl, faults } = cloud.openstack;
    return Promise.resolve({ api: cloud.api, authUrl, faults, end: () => Promise.resolve() });
  });
});

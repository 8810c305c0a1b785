/** The lab of the tests on a real OpenStack, with a caller of its APIs. */
import { ensureSecrets } from "../../lab/keys.ts";
import { labDown, labUp } from "../../lab/lifecycle.ts";
import { labSettings, REGION } from "../../lab/settings.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { CloudCaller } from "../cloud/cloudCaller.ts";

const SETTINGS = labSettings("test", "openstack");

/** A caller that has logged in, to a cloud as if it had never been up. */
export async function openRealCloud(): Promise<CloudCaller> {
  await closeRealCloud();
  const { authUrl } = await labUp(SETTINGS, createProgress({}));
  const caller = new CloudCaller(authUrl, { imageId: REGION.images[0].id, flavorId: REGION.flavors[0].id }, "real");
  await caller.logIn(await credentialsOfRealCloud());
  return caller;
}

/** As the lab's own user. */
export async function credentialsOfRealCloud(): Promise<{
  readonly userName: string;
  readonly password: string;
  readonly projectName: string;
}> {
  const { userName, projectName } = REGION;
  return { userName, projectName, password: (await ensureSecrets(SETTINGS)).password };
}

/** Leaves nothing of it. */
export const closeRealCloud = (): Promise<void> => labDown(SETTINGS, createProgress({}), { purge: true });

/**
 * The first step of `npm test`: what takes minutes on a fresh machine and would disturb what is measured later. With the
 * argument `openstack` also the packages of the real one.
 */
import { SEGMENT_PACKAGES } from "../bench/daemons/packages.ts";
import { ensureBaseImage } from "../lab/host/machine/baseImage.ts";
import { ensureHostPackages, type HostPackage } from "../lab/host/packages.ts";
import { ensureOpenstackPackages } from "../lab/openstack/settings/packages.ts";
import { ensureAgent } from "../toolchain/agentRelease.ts";
import { cacheDirectory } from "../toolchain/places.ts";
import { createProgress } from "../toolchain/progress.ts";
import { ensurePulumi } from "../toolchain/pulumi/ensure.ts";
import { reportAndExit } from "../toolchain/userError.ts";

/** What the tests compare with or measure by. */
const TEST_PACKAGES: readonly HostPackage[] = [...SEGMENT_PACKAGES, { name: "openssh-client", provides: "ssh-keygen" }];

await reportAndExit(async () => {
  const progress = createProgress();
  await ensureHostPackages(progress);
  await ensureHostPackages(progress, TEST_PACKAGES);
  if (process.argv[2] === "openstack") await ensureOpenstackPackages(progress);
  await ensurePulumi(progress);
  await ensureAgent(progress);
  await ensureBaseImage(cacheDirectory(), progress);
});

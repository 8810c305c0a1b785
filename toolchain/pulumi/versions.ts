// The versions that fit together: the SDK's from package.json, and the CLI's that go with it.
import { installedVersion } from "../places.ts";

/** The CLI that is built where no official one can be had: the newest whose Go module the proxy has in full. */
export const CLI_VERSION = "3.255.0";

/** The oldest CLI that speaks the SDK's protocol: the SDK's own version. */
export const OLDEST_CLI = installedVersion("@pulumi/pulumi");

/** A plugin of a released version. */
export interface OfficialPlugin {
  readonly name: string;
  readonly version: string;
  /** Where it is published, as `pulumi plugin install --server` takes it; absent: with Pulumi's own. */
  readonly server?: string;
}

/** The plugins that the program's packages ask the engine for. */
export const PLUGINS: readonly OfficialPlugin[] = [
  { name: "openstack", version: installedVersion("@pulumi/openstack") },
  { name: "command", version: installedVersion("@pulumi/command") },
  {
    name: "ovh",
    version: installedVersion("@ovhcloud/pulumi-ovh"),
    // `pulumi.server` of its package.json: OVH publishes it by releases on GitHub.
    server: "github://api.github.com/ovh/pulumi-ovh",
  },
];

// The versions that fit together: the SDK's from package.json, and the CLI's that go with it.
import { installedVersion } from "./places.ts";

/** The CLI that is built where no official one can be had: the newest whose Go module the proxy has in full. */
export const CLI_VERSION = "3.255.0";

/** The oldest CLI that speaks the SDK's protocol: the SDK's own version. */
export const OLDEST_CLI = installedVersion("@pulumi/pulumi");

/** The plugins that the program's packages ask the engine for. */
export const PLUGINS: readonly { readonly name: string; readonly version: string }[] = [
  { name: "openstack", version: installedVersion("@pulumi/openstack") },
  { name: "command", version: installedVersion("@pulumi/command") },
];

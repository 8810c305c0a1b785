/** The files of a server's config drive, as cloud-init reads them (Nova's metadata format, `latest`). */

import { AVAILABILITY_ZONE } from "../../state/context.ts";
import type { Keypair, View } from "../../state/state.ts";

/** What the drive tells the server of itself. */
export interface DriveContent {
  readonly serverId: string;
  readonly serverName: string;
  readonly projectId: string;
  readonly keypair: View<Keypair> | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** As it came over the API. */
  readonly userDataBase64: string | undefined;
}

/** The files by their path on the drive. */
export function configDrive(content: DriveContent): Record<string, string> {
  const { serverId, serverName, projectId, keypair, metadata, userDataBase64 } = content;
  const metaData = {
    uuid: serverId,
    name: serverName,
    hostname: hostName(serverName, serverId),
    project_id: projectId,
    availability_zone: AVAILABILITY_ZONE,
    launch_index: 0,
    devices: [],
    meta: metadata,
    ...(keypair === undefined
      ? {}
      : {
          public_keys: { [keypair.name]: keypair.publicKey },
          keys: [{ name: keypair.name, type: "ssh", data: keypair.publicKey }],
        }),
  };
  return {
    "openstack/latest/meta_data.json": JSON.stringify(metaData),
    "openstack/latest/vendor_data.json": "{}",
    ...(userDataBase64 === undefined
      ? {}
      : { "openstack/latest/user_data": Buffer.from(userDataBase64, "base64").toString("utf8") }),
  };
}

/** The server's name as a host name (nova/utils.py, sanitize_hostname). */
export function hostName(serverName: string, serverId: string): string {
  const name = serverName
    .toLowerCase()
    .replaceAll(/[ _]/g, "-")
    .replaceAll(/[^a-z0-9.-]/g, "")
    .replaceAll(/^[.-]+|[.-]+$/g, "")
    .slice(0, 63);
  return name === "" ? `server-${serverId}` : name;
}

/** Which machine this is to its cloud: cloud-init wrote it down, or the metadata service says it. */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { jsonOf, parsed } from "./answer.ts";
import { ApiFailure } from "./apiFailure.ts";
import { JsonClient } from "./jsonClient.ts";

/** Written by cloud-init at the first boot, readable by everybody. */
const CLOUD_INIT_FILE = "/var/lib/cloud/data/instance-id";
/** Nova's, link-local and without encryption by its nature. */
const METADATA_URL = "http://169.254.169.254/openstack/latest/meta_data.json";

const metadata = z.object({ uuid: z.guid() });

export interface IdentityPlaces {
  readonly file: string;
  readonly url: string;
}

/** The instance's UUID. @throws ApiFailure `missing` when nobody knows it */
export async function findInstanceId(
  signal: AbortSignal,
  { file, url }: IdentityPlaces = { file: CLOUD_INIT_FILE, url: METADATA_URL },
): Promise<string> {
  const written = z.guid().safeParse(readText(file));
  if (written.success) return written.data;
  const client = new JsonClient({ allowPlainHttp: true });
  try {
    return parsed(metadata, jsonOf(await client.send({ method: "GET", url }, signal))).uuid;
  } catch (error) {
    if (error instanceof ApiFailure && error.kind === "aborted") throw error;
    throw new ApiFailure(
      "missing",
      `neither ${file} nor the metadata service says which instance this is: set instanceId`,
    );
  } finally {
    client.close();
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

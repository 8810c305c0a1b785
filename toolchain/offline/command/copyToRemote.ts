// command:remote:CopyToRemote: copies a file, a folder or a text to another machine over SSH.

import { z } from "zod";
import { messageOf } from "../../messageOf.ts";
import { assetOrArchive } from "../wireValues.ts";
import { connectionInputs, nameOf, withConnectionDefaults } from "./connection.ts";
import { type Operation, resourceType } from "./resourceType.ts";
import { withConnection } from "./ssh.ts";
import { upload } from "./upload.ts";

const inputs = z.object({
  connection: connectionInputs,
  source: assetOrArchive,
  remotePath: z.string().min(1),
  triggers: z.array(z.unknown()).optional(),
});

type CopyInputs = z.infer<typeof inputs>;

/**
 * Copies when it is created, and again when the content or the remote path changes. Another connection alone copies
 * nothing: a machine that was replaced needs a trigger. Deleting it leaves the copy where it is.
 */
export const copyToRemote = resourceType<CopyInputs>({
  inputs,
  idFromName: false,
  outputs: [],
  withDefaults: withConnectionDefaults,
  create: async (news, operation) => {
    await copy(news, operation);
    return {};
  },
  update: async (news, old, operation) => {
    const isSame = news.source.hash === old.source.hash && news.remotePath === old.remotePath;
    if (!isSame) await copy(news, operation);
    return {};
  },
  delete: () => Promise.resolve(),
});

async function copy({ connection, source, remotePath }: CopyInputs, operation: Operation): Promise<void> {
  try {
    await withConnection(connection, operation.signal, (client) => upload(client, source, remotePath));
  } catch (error) {
    const why = messageOf(error);
    throw new Error(operation.redact(`copying to ${remotePath} on ${nameOf(connection)}: ${why}`), { cause: error });
  }
}

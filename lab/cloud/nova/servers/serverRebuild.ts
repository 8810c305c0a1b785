/** Rebuilding a server: a new disk of an image under the same id, cards and addresses. */
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import type { CloudContext } from "../../state/context.ts";
import type { CloudState, Server } from "../../state/state.ts";
import {
  looseBoolean,
  metadataSchema,
  nameSchema,
  novaBody,
  refuseNewer,
  userDataSchema,
} from "../request/novaBody.ts";
import { configDrive } from "./configDrive.ts";

const rebuildSchema = z.strictObject({
  imageRef: z.string().min(1, { error: "is too short" }),
  name: nameSchema.optional(),
  metadata: metadataSchema.optional(),
  preserve_ephemeral: looseBoolean.optional(),
  personality: z.array(z.unknown()).max(0, { error: "is not supported: use user_data" }).optional(),
  "OS-DCF:diskConfig": z.enum(["AUTO", "MANUAL"]).optional(),
  description: z.string().max(255).nullable().optional(),
  key_name: z.string().nullable().optional(),
  user_data: userDataSchema.nullable().optional(),
});

/** A checked argument of the action. */
export type Rebuild = z.output<typeof rebuildSchema>;

/** The argument in the dialect that the request speaks. Throws Nova's 400. */
export function rebuildRequest(argument: unknown, minor: number): Rebuild {
  refuseNewer(argument, [], { description: 19, key_name: 54, user_data: 57 }, minor);
  return novaBody(rebuildSchema, argument);
}

/** Gives the server a new disk at the next convergence. */
export function rebuild(draft: CloudState, server: Server, asked: Rebuild, context: CloudContext): void {
  if (!context.images.some(({ id }) => id === asked.imageRef)) {
    throw new ApiError(400, "Can not find requested image");
  }
  server.name = asked.name ?? server.name;
  server.metadata = asked.metadata ?? server.metadata;
  if (asked.description !== undefined) server.description = asked.description;
  if (asked.key_name !== undefined) server.keyName = asked.key_name;
  const keypair = draft.keypairs.find((pair) => pair.name === server.keyName);
  if (asked.key_name !== undefined && asked.key_name !== null && keypair === undefined) {
    throw new ApiError(400, "Invalid key_name provided.");
  }
  const oldUserData = server.configDrive["openstack/latest/user_data"];
  server.imageId = asked.imageRef;
  server.generation += 1;
  server.configDrive = configDrive({
    serverId: server.id,
    serverName: server.name,
    projectId: draft.projectId,
    keypair,
    metadata: server.metadata,
    userDataBase64:
      asked.user_data ?? (oldUserData === undefined ? undefined : Buffer.from(oldUserData).toString("base64")),
  });
  // A failed machine is started, a stopped one stays off: Nova leaves the power as it found it.
  if (server.vm.kind === "error") server.power = "on";
  server.task = { kind: "rebuilding" };
}

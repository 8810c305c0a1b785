/** POST /servers: checks what is asked for, chooses a host, and gives the server its cards and its drive. */
import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import { AVAILABILITY_ZONE, type CloudContext } from "../../state/context.ts";
import { type CloudState, findById, type Server, type ServerGroup } from "../../state/state.ts";
import {
  looseBoolean,
  metadataSchema,
  nameSchema,
  novaBody,
  refuseNewer,
  tagSchema,
  userDataSchema,
} from "../request/novaBody.ts";
import { configDrive } from "./configDrive.ts";
import { NETWORK_DATA, networkData } from "./networkData.ts";
import { chooseHost, NO_VALID_HOST } from "./scheduler.ts";
import { attachCards, type CardRequest, checkCards } from "./serverCards.ts";

/** Since this dialect `networks` must be there and may be one of two words. */
const NETWORK_MODES = 37;

const card = z.strictObject({
  uuid: z.string().optional(),
  port: z.string().optional(),
  fixed_ip: z.string().optional(),
});

const server = z.strictObject({
  name: nameSchema,
  imageRef: z.string().min(1, { error: "is too short" }),
  flavorRef: z.union([z.string(), z.int().transform(String)]),
  key_name: z.string().optional(),
  user_data: userDataSchema.nullable().optional(),
  config_drive: looseBoolean.nullable().optional(),
  metadata: metadataSchema.optional(),
  networks: z.union([z.enum(["none", "auto"]), z.array(card)]).optional(),
  security_groups: z.array(z.strictObject({ name: z.string() })).optional(),
  availability_zone: z.string().nullable().optional(),
  min_count: z.union([z.literal(1), z.literal("1")]).optional(),
  max_count: z.union([z.literal(1), z.literal("1")]).optional(),
  personality: z.array(z.unknown()).max(0, { error: "is not supported: use user_data" }).optional(),
  "OS-DCF:diskConfig": z.enum(["AUTO", "MANUAL"]).optional(),
  description: z.string().max(255).nullable().optional(),
  tags: z.array(tagSchema).max(50).optional(),
});

const hints = z.object({ group: z.string().optional() });

const creationSchema = z.strictObject({
  server,
  "os:scheduler_hints": hints.optional(),
  "OS-SCH-HNT:scheduler_hints": hints.optional(),
});

/** A checked request to make a server. */
export type ServerCreation = z.output<typeof creationSchema>;

/** The request of a body in the dialect that it speaks. Throws Nova's 400. */
export function serverCreation(body: unknown, minor: number): ServerCreation {
  refuseNewer(body, ["server"], { description: 19, tags: 52 }, minor);
  const creation = novaBody(creationSchema, body);
  const { networks } = creation.server;
  if (minor < NETWORK_MODES && typeof networks === "string") {
    throw new ApiError(
      400,
      `Invalid input for field/attribute networks. Value: ${networks}. '${networks}' is not of type 'array'`,
    );
  }
  if (minor >= NETWORK_MODES && networks === undefined) {
    throw new ApiError(400, "Invalid input for field/attribute server. 'networks' is a required property");
  }
  return creation;
}

/** Makes the server, or a server in ERROR when no host will have it. Throws Nova's refusals. */
export function createServer(draft: CloudState, creation: ServerCreation, context: CloudContext): Server {
  const asked = creation.server;
  const now = context.now();
  if (!context.flavors.some(({ id }) => id === asked.flavorRef)) {
    throw new ApiError(400, `Flavor ${asked.flavorRef} could not be found.`);
  }
  if (!context.images.some(({ id }) => id === asked.imageRef)) throw new ApiError(400, "Can not find requested image");
  const zone = asked.availability_zone ?? AVAILABILITY_ZONE;
  if (zone !== AVAILABILITY_ZONE) throw new ApiError(400, "The requested availability zone is not available");
  const keypair = draft.keypairs.find((pair) => pair.name === asked.key_name);
  if (asked.key_name !== undefined && keypair === undefined) throw new ApiError(400, "Invalid key_name provided.");
  const group = requestedGroup(draft, creation);
  const cards: CardRequest = {
    networks: asked.networks,
    groupNames: asked.security_groups?.map((given) => given.name),
  };
  checkCards(draft, cards);

  const host = chooseHost(draft, context.computeHosts, group);
  const id = randomUUID();
  draft.counters.server += 1;
  const metadata = asked.metadata ?? {};
  const made: Server = {
    id,
    number: draft.counters.server,
    name: asked.name,
    description: asked.description ?? null,
    imageId: asked.imageRef,
    flavorId: asked.flavorRef,
    keyName: keypair?.name ?? null,
    configDriveAsked: asked.config_drive ?? false,
    // The lab has no metadata service, so every server gets the drive, asked for or not.
    configDrive: configDrive({
      serverId: id,
      serverName: asked.name,
      projectId: draft.projectId,
      keypair,
      metadata,
      userDataBase64: asked.user_data ?? undefined,
    }),
    metadata,
    tags: [...(asked.tags ?? [])],
    serverGroupId: group?.id ?? null,
    host: host ?? null,
    portIds: [],
    ownPortIds: [],
    power: host === undefined ? "off" : "on",
    generation: 1,
    vm: host === undefined ? { kind: "error", message: NO_VALID_HOST, at: now } : { kind: "building" },
    task: host === undefined ? null : { kind: "spawning" },
    createdAt: now,
    updatedAt: now,
    launchedAt: null,
  };
  draft.servers.push(made);
  if (host !== undefined) attachCards(draft, made, cards, now);
  made.configDrive[NETWORK_DATA] = networkData(draft, made);
  return made;
}

function requestedGroup(draft: CloudState, creation: ServerCreation): ServerGroup | undefined {
  const { group: id } = creation["os:scheduler_hints"] ?? creation["OS-SCH-HNT:scheduler_hints"] ?? {};
  if (id === undefined) return undefined;
  const group = findById(draft.serverGroups, id);
  if (group === undefined) throw new ApiError(400, `Instance group ${id} could not be found.`);
  return group;
}

/** A password nobody uses: Nova answers with one, and the lab's servers take keys only. */
export function adminPassword(): string {
  return randomBytes(9).toString("base64url");
}

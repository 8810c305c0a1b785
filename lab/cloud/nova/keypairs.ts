/** Nova key pairs. */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import ssh2 from "ssh2";
import { z } from "zod";
import { newSshKeyPair } from "../../../toolchain/sshKeyPair.ts";
import { ApiError } from "../http/errors.ts";
import { microsTime, type Wire } from "../http/wire.ts";
import type { CloudContext } from "../state/context.ts";
import type { CloudView, Keypair, View } from "../state/state.ts";
import { microversion } from "./request/microversion.ts";
import { novaBody, refuseNewer } from "./request/novaBody.ts";

const keyName = z
  .string()
  .min(1, { error: "is too short" })
  .max(255, { error: "is too long" })
  .regex(/^[\w .@-]+$/, { error: "can only contain letters, digits, spaces and _-.@" });

const creationSchema = z.strictObject({
  keypair: z.strictObject({
    name: keyName,
    public_key: z.string().optional(),
    type: z.literal("ssh").optional(),
    user_id: z.string().optional(),
  }),
});

interface OfOne {
  Params: { name: string };
}

/** `/os-keypairs`. A key that Nova makes is told once and not kept. */
export function serveKeypairs(app: FastifyInstance, { store, now }: CloudContext): void {
  app.get("/os-keypairs", (request) => ({
    keypairs: store.state.keypairs.map((keypair) => ({ keypair: keypairAnswer(keypair, request, undefined) })),
  }));

  app.post("/os-keypairs", async (request, reply) => {
    refuseNewer(request.body, ["keypair"], { type: 2, user_id: 10 }, microversion(request));
    const { keypair: asked } = novaBody(creationSchema, request.body);
    if (asked.user_id !== undefined && asked.user_id !== store.state.userId) {
      throw new ApiError(403, "Policy doesn't allow os_compute_api:os-keypairs:create to be performed.");
    }
    const { publicKey, privateKey } = asked.public_key === undefined ? generated() : { publicKey: asked.public_key };
    const made = await store.change((draft) => {
      if (draft.keypairs.some((other) => other.name === asked.name)) {
        throw new ApiError(409, `Key pair '${asked.name}' already exists.`);
      }
      draft.counters.keypair += 1;
      const keypair: Keypair = {
        number: draft.counters.keypair,
        name: asked.name,
        publicKey,
        fingerprint: fingerprint(publicKey),
        createdAt: now(),
      };
      draft.keypairs.push(keypair);
      return keypair;
    });
    return reply.code(microversion(request) >= 2 ? 201 : 200).send({
      keypair: {
        ...keypairAnswer(made, request, store.state.userId),
        ...(privateKey === undefined ? {} : { private_key: privateKey }),
      },
    });
  });

  app.get<OfOne>("/os-keypairs/:name", (request) => {
    const keypair = requireKeypair(store.state, request.params.name);
    return {
      keypair: {
        ...keypairAnswer(keypair, request, store.state.userId),
        id: keypair.number,
        created_at: microsTime(keypair.createdAt),
        updated_at: null,
        deleted: false,
        deleted_at: null,
      },
    };
  });

  app.delete<OfOne>("/os-keypairs/:name", async (request, reply) => {
    await store.change((draft) => {
      const keypair = requireKeypair(draft, request.params.name);
      draft.keypairs = draft.keypairs.filter((other) => other.name !== keypair.name);
    });
    return reply.code(microversion(request) >= 2 ? 204 : 202).send();
  });
}

function requireKeypair(state: CloudView, name: string): View<Keypair> {
  const keypair = state.keypairs.find((candidate) => candidate.name === name);
  if (keypair === undefined) throw new ApiError(404, `Keypair ${name} not found for user ${state.userId}`);
  return keypair;
}

function keypairAnswer(keypair: View<Keypair>, request: FastifyRequest, userId: string | undefined): Wire {
  return {
    name: keypair.name,
    public_key: keypair.publicKey,
    fingerprint: keypair.fingerprint,
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(microversion(request) >= 2 ? { type: "ssh" } : {}),
  };
}

function generated(): { publicKey: string; privateKey: string } {
  const pair = newSshKeyPair({ comment: "Generated-by-Nova" });
  return { publicKey: pair.public, privateKey: pair.private };
}

/** MD5 of the key's blob in hexadecimal pairs, as OpenSSH wrote fingerprints before SHA-256. */
function fingerprint(publicKey: string): string {
  const parsed = ssh2.utils.parseKey(publicKey);
  if (parsed instanceof Error || Array.isArray(parsed)) {
    throw new ApiError(400, "Keypair data is invalid: failed to generate fingerprint");
  }
  const digest = createHash("md5").update(parsed.getPublicSSH()).digest("hex");
  return (digest.match(/../g) ?? []).join(":");
}

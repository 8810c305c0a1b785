/** What all of Neutron's resources have in common: the routes of a collection, revisions and tags. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import { type Query, secondsTime, type Wire } from "../../http/wire.ts";
import type { CloudContext } from "../../state/context.ts";
import type { CloudState, CloudView, View } from "../../state/state.ts";
import { attributesOf, plainBody, shortText } from "./attributes.ts";
import { fieldsOf, listAnswer } from "./listing.ts";
import { type Sight, sightOf, type Visibility } from "./visibility.ts";

/** What every record has. */
export interface NeutronRow {
  id: string;
  tags: string[];
  createdAt: number;
  updatedAt: number;
  revision: number;
}

/** One kind of resource. Changes work on a draft: a throw leaves everything as it was. */
export interface Collection<Row extends NeutronRow, Create extends z.ZodType, Update extends z.ZodType>
  extends Visibility<Row> {
  /** As in the path, such as `security-groups`. */
  readonly path: string;
  /** The key of a list and of one resource in a body. */
  readonly plural: string;
  readonly singular: string;
  readonly createSchema: Create;
  readonly updateSchema: Update;
  readonly read: (state: CloudView) => readonly View<Row>[];
  readonly edit: (draft: CloudState) => Row[];
  readonly answer: (row: View<Row>, state: CloudView) => Wire;
  /** The answer to the POST that made it, where Neutron says more then than later. */
  readonly createdAnswer?: (row: View<Row>, state: CloudView) => Wire;
  /** The answer to a PUT, where Neutron's agents have yet to make true what was asked for. */
  readonly changedAnswer?: (answer: Wire, before: Wire) => Wire;
  readonly missing: (id: string) => ApiError;
  readonly create: (draft: CloudState, attributes: z.output<Create>, now: number) => Row;
  /** Undefined: this resource never changes. */
  readonly update: ((draft: CloudState, row: Row, attributes: z.output<Update>, now: number) => void) | undefined;
  readonly remove: (draft: CloudState, row: Row, now: number) => void;
}

interface OfOne {
  Params: { id: string };
}

interface OfTag {
  Params: { id: string; tag: string };
}

/** What a new record starts with. */
export function newRow(now: number): { tags: string[]; createdAt: number; updatedAt: number; revision: number } {
  return { tags: [], createdAt: now, updatedAt: now, revision: 0 };
}

/** Notes that a record has changed. */
export function touch(row: NeutronRow, now: number): void {
  row.updatedAt = now;
  row.revision += 1;
}

/** The attributes that end every answer. */
export function commonAnswer(row: View<NeutronRow>, state: CloudView): Wire {
  return { tags: row.tags, ...untaggedAnswer(row, state) };
}

/** The same without the tags. */
export function untaggedAnswer(row: View<NeutronRow>, state: CloudView): Wire {
  return {
    created_at: secondsTime(row.createdAt),
    updated_at: secondsTime(row.updatedAt),
    revision_number: row.revision,
    tenant_id: state.projectId,
    project_id: state.projectId,
  };
}

/** Serves a collection and the tags of its resources. */
export function serveCollection<Row extends NeutronRow, Create extends z.ZodType, Update extends z.ZodType>(
  app: FastifyInstance,
  context: CloudContext,
  collection: Collection<Row, Create, Update>,
): void {
  const { store } = context;
  const { path, plural, singular } = collection;
  const sight = sightOf(context, collection);
  const answerOf = (state: CloudView, id: string, answer = collection.answer): Wire =>
    answer(seenRow(collection, sight, state, id), state);

  app.get<{ Querystring: Query }>(`/${path}`, (request) => {
    const rows = sight.read(store.state).map((row) => collection.answer(row, store.state));
    return listAnswer(rows, request.query, plural, `${context.endpoint("network")}/v2.0/${path}`, sight.shown);
  });

  app.get<OfOne & { Querystring: Query }>(`/${path}/:id`, (request) => ({
    [singular]: fieldsOf(sight.shown(answerOf(store.state, request.params.id)), request.query),
  }));

  app.post(`/${path}`, async (request, reply) => {
    const attributes = attributesOf(collection.createSchema, singular, request.body);
    const answer = await store.change((draft) => {
      const { id } = collection.create(draft, attributes, context.now());
      return answerOf(draft, id, collection.createdAnswer);
    });
    return reply.code(201).send({ [singular]: sight.shown(answer) });
  });

  const { update } = collection;
  if (update !== undefined) {
    app.put<OfOne>(`/${path}/:id`, async (request) => {
      const answer = await store.change((draft) => {
        const row = draftRow(collection, sight, draft, request.params.id);
        const attributes = attributesOf(collection.updateSchema, singular, request.body);
        requireRevision(request, row);
        const before = answerOf(draft, row.id);
        update(draft, row, attributes, context.now());
        touch(row, context.now());
        return collection.changedAnswer?.(answerOf(draft, row.id), before) ?? answerOf(draft, row.id);
      });
      return { [singular]: sight.shown(answer) };
    });
  }

  app.delete<OfOne>(`/${path}/:id`, async (request, reply) => {
    await store.change((draft) => {
      const row = draftRow(collection, sight, draft, request.params.id);
      requireRevision(request, row);
      collection.remove(draft, row, context.now());
    });
    return reply.code(204).send();
  });

  serveTags(app, context, collection, sight);
}

const tagsBody = z.strictObject({ tags: z.array(shortText) });

/** The sub-resource `tags`: read and written as a whole or one by one. */
function serveTags<Row extends NeutronRow, Create extends z.ZodType, Update extends z.ZodType>(
  app: FastifyInstance,
  { store, now }: CloudContext,
  collection: Collection<Row, Create, Update>,
  sight: Sight<Row>,
): void {
  const { path } = collection;
  const tagsOf = (id: string): readonly string[] => seenRow(collection, sight, store.state, id).tags;
  const retag = (id: string, change: (tags: readonly string[]) => string[]): Promise<string[]> =>
    store.change((draft) => {
      const row = draftRow(collection, sight, draft, id);
      row.tags = change(row.tags);
      touch(row, now());
      return row.tags;
    });

  app.get<OfOne>(`/${path}/:id/tags`, (request) => ({ tags: tagsOf(request.params.id) }));
  app.put<OfOne>(`/${path}/:id/tags`, async (request) => {
    const { tags } = plainBody(tagsBody, request.body);
    return { tags: await retag(request.params.id, () => [...new Set(tags)]) };
  });
  app.delete<OfOne>(`/${path}/:id/tags`, async (request, reply) => {
    await retag(request.params.id, () => []);
    return reply.code(204).send();
  });

  app.get<OfTag>(`/${path}/:id/tags/:tag`, (request, reply) => {
    requireTag(tagsOf(request.params.id), request.params.tag);
    return reply.code(204).send();
  });
  app.put<OfTag>(`/${path}/:id/tags/:tag`, async (request, reply) => {
    const { id, tag } = request.params;
    await retag(id, (tags) => [...new Set([...tags, tag])]);
    return reply.code(201).send();
  });
  app.delete<OfTag>(`/${path}/:id/tags/:tag`, async (request, reply) => {
    const { id, tag } = request.params;
    await retag(id, (tags) => {
      requireTag(tags, tag);
      return tags.filter((other) => other !== tag);
    });
    return reply.code(204).send();
  });
}

function seenRow<Row extends NeutronRow, Create extends z.ZodType, Update extends z.ZodType>(
  collection: Collection<Row, Create, Update>,
  sight: Sight<Row>,
  state: CloudView,
  id: string,
): View<Row> {
  const row = sight.read(state).find((candidate) => candidate.id === id);
  if (row === undefined) throw collection.missing(id);
  return row;
}

function draftRow<Row extends NeutronRow, Create extends z.ZodType, Update extends z.ZodType>(
  collection: Collection<Row, Create, Update>,
  sight: Sight<Row>,
  draft: CloudState,
  id: string,
): Row {
  const row = sight.edit(draft).find((candidate) => candidate.id === id);
  if (row === undefined) throw collection.missing(id);
  return row;
}

function requireTag(tags: readonly string[], tag: string): void {
  if (!tags.includes(tag)) throw new ApiError(404, `Tag ${tag} could not be found.`, "TagNotFound");
}

/** `If-Match: revision_number=7` makes a change conditional on nobody else having changed the resource. */
function requireRevision(request: FastifyRequest, row: NeutronRow): void {
  const [, wanted] = /^revision_number=(\d+)$/.exec(request.headers["if-match"] ?? "") ?? [];
  if (wanted !== undefined && Number(wanted) !== row.revision) {
    const message = `Constrained to ${wanted}, but current revision is ${row.revision}`;
    throw new ApiError(412, message, "RevisionNumberConstraintFailed");
  }
}

/** The text of a request's body as it came, for who has to check a signature over it. */
import type { FastifyRequest } from "fastify";

const texts = new WeakMap<FastifyRequest, string>();

export function noteBody(request: FastifyRequest, text: string): void {
  texts.set(request, text);
}

/** The body as it came; empty for none. */
export function bodyText(request: FastifyRequest): string {
  return texts.get(request) ?? "";
}

/** Nova's microversions: the request names the dialect it speaks, and the answer says which one was used. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "../../http/errors.ts";

/** What this Nova speaks: 2.1 up to the newest dialect that the Terraform provider asks for. */
export const MICROVERSION = { min: 1, max: 64 } as const;

const seen = new WeakMap<FastifyRequest, number>();

/** The minor number of the dialect the request speaks: 1 when it does not say. */
export function microversion(request: FastifyRequest): number {
  return seen.get(request) ?? MICROVERSION.min;
}

/** Refuses what needs a newer dialect, as Nova does: such a thing is not there. */
export function requireMicroversion(request: FastifyRequest, minor: number): void {
  if (microversion(request) < minor) throw new ApiError(404, "The resource could not be found.");
}

/** Reads the dialect from the two headers there are for it, refuses one that is not spoken, and answers with it. */
export function speakMicroversions(app: FastifyInstance): void {
  app.addHook("onRequest", (request, reply, done) => {
    const asked = askedVersion(request);
    const minor = asked === undefined ? MICROVERSION.min : minorOf(asked);
    if (minor === undefined) {
      done(
        new ApiError(
          400,
          `API Version String '${asked ?? ""}' is of invalid format. Must be of format MajorNum.MinorNum.`,
        ),
      );
      return;
    }
    if (minor < MICROVERSION.min || minor > MICROVERSION.max) {
      const range = `Minimum is 2.${MICROVERSION.min} and maximum is 2.${MICROVERSION.max}.`;
      done(new ApiError(406, `Version ${asked ?? ""} is not supported by the API. ${range}`));
      return;
    }
    seen.set(request, minor);
    reply.headers({
      "OpenStack-API-Version": `compute 2.${minor}`,
      "X-OpenStack-Nova-API-Version": `2.${minor}`,
      Vary: "OpenStack-API-Version, X-OpenStack-Nova-API-Version",
    });
    done();
  });
}

function askedVersion(request: FastifyRequest): string | undefined {
  const current = header(request, "openstack-api-version");
  const [, version] = /(?:^|,)\s*compute\s+([^\s,]+)/.exec(current ?? "") ?? [];
  return version ?? header(request, "x-openstack-nova-api-version");
}

function minorOf(version: string): number | undefined {
  if (version === "latest") return MICROVERSION.max;
  const [, minor] = /^2\.(\d{1,4})$/.exec(version) ?? [];
  if (minor !== undefined) return Number(minor);
  return /^\d+\.\d+$/.test(version) ? Number.POSITIVE_INFINITY : undefined;
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

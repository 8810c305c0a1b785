/** The types of Neutron's attributes, with the reasons it gives for refusing a value. */
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import { checked, type Problem, pythonLiteral } from "../../http/validation.ts";
import { isRecord } from "../../http/wire.ts";
import { family } from "../../state/addresses.ts";

const because = (reason: string) => ({
  error: (issue: { readonly input?: unknown }) => `${pythonLiteral(issue.input)} ${reason}`,
});

/** An id of Neutron's. */
export const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, because("is not a valid UUID"));

/** Names, descriptions and tags: Neutron keeps 255 characters of each. */
export const shortText = z.string().max(255, because("exceeds maximum length of 255"));

/** A JSON boolean, or its text in any case. */
export const boolean = z.preprocess(
  (value) => (typeof value === "string" && /^(?:true|false)$/i.test(value) ? value.toLowerCase() === "true" : value),
  z.boolean(),
);

/** A JSON integer, or its text. */
export const integer = z.preprocess(
  (value) => (typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value),
  z.int(),
);

/** An IPv4 or IPv6 address. */
export const ipAddress = z
  .string()
  .refine((text) => !text.includes("/") && family(text) !== undefined, because("is not a valid IP address"));

/** An IPv4 address. */
export const ipv4Address = ipAddress.refine((text) => family(text) === 4, because("is not a valid IPv4 address"));

/** An address or a CIDR of either family. */
export const ipAddressOrCidr = z.string().refine((text) => family(text) !== undefined, {
  error: ({ input }) =>
    `${pythonLiteral(input)} is not a valid IP ${String(input).includes("/") ? "subnet" : "address"}`,
});

/** A unicast MAC address; kept in lower case. */
export const macAddress = z
  .string()
  .regex(/^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i, because("is not a valid MAC address"))
  .transform((text) => text.toLowerCase());

/** A list that this cloud cannot honour, so only an empty one is taken. */
export const unsupportedList = (what: string): z.ZodArray<z.ZodUnknown> =>
  z.array(z.unknown()).max(0, { error: `this cloud has no ${what}` });

/** Attributes that every resource takes when it is made. */
export const ownerAttributes = { tenant_id: z.string().optional(), project_id: z.string().optional() };

/** The attributes under the resource's name in the body, checked. Throws Neutron's 400. */
export function attributesOf<Schema extends z.ZodType>(schema: Schema, name: string, body: unknown): z.output<Schema> {
  if (!isRecord(body) || !(name in body)) throw badRequest(`Unable to find '${name}' in request body`);
  return checked(schema, body[name], "unknown", refusal);
}

/** A body without a resource's name around it, such as that of add_router_interface. */
export function plainBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  return checked(schema, body, "unknown", refusal);
}

/** What the API itself refuses, before any plugin sees it. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, message, "HTTPBadRequest");
}

/** Neutron's InvalidInput: well formed, but not possible here. */
export function invalidInput(reason: string): ApiError {
  return new ApiError(400, `Invalid input for operation: ${reason}.`, "InvalidInput");
}

/** The one project may make things for itself only. */
export function requireOwner(
  projectId: string,
  attributes: { readonly tenant_id?: string | undefined; readonly project_id?: string | undefined },
): void {
  const owner = attributes.project_id ?? attributes.tenant_id ?? projectId;
  if (owner !== projectId) {
    throw new ApiError(403, `Project ${owner} is not yours, so nothing can be made for it.`, "PolicyNotAuthorized");
  }
}

function refusal(problem: Problem): ApiError {
  const [attribute = "body"] = problem.path;
  switch (problem.kind) {
    case "unknown":
      return badRequest(`Unrecognized attribute(s) '${problem.attributes.join(", ")}'`);
    case "missing":
      return problem.path.length === 0
        ? badRequest(`Failed to parse request. Required attribute '${problem.attribute}' not specified`)
        : badRequest(`Invalid input for ${attribute}. Reason: '${problem.attribute}' is missing.`);
    case "invalid":
      // A pair is refused by its own extension, which does not name the attribute.
      return badRequest(
        attribute === "allowed_address_pairs" && problem.path.length > 1
          ? problem.reason
          : `Invalid input for ${attribute}. Reason: ${problem.reason}.`,
      );
  }
}

/** Refusals, and the shape in which each service words them. */
import type { FastifyError } from "fastify";

/** The services of the cloud, by their first path segment. */
export const SERVICES = ["identity", "network", "compute", "image", "ovh"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** A refusal: a status, a message for the caller and, for Neutron, the name of its exception. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  /** The whole body, where a service has more than one shape of it. */
  readonly body?: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, type = `HTTP${(TITLES[status] ?? "Error").replaceAll(" ", "")}`) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.type = type;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

/** Nova names the object of a fault after its status (nova/api/openstack/wsgi.py, class Fault). */
const NOVA_FAULTS: Readonly<Record<number, string>> = {
  400: "badRequest",
  401: "unauthorized",
  403: "forbidden",
  404: "itemNotFound",
  405: "badMethod",
  409: "conflictingRequest",
  413: "overLimit",
  415: "badMediaType",
  429: "overLimit",
  501: "notImplemented",
  503: "serviceUnavailable",
};

/** The body of a refusal as the service writes it. */
export function errorBody(service: ServiceName, error: ApiError): Readonly<Record<string, unknown>> {
  const { status, message, type } = error;
  const title = TITLES[status] ?? "Error";
  if (error.body !== undefined) return error.body;
  if (service === "ovh")
    return { class: `${status >= 500 ? "Server" : "Client"}::${title.replaceAll(" ", "")}`, message };
  // A missing or wrong token is refused by the same middleware in front of every service.
  if (service === "identity" || status === 401) return { error: { code: status, title, message } };
  switch (service) {
    case "network":
      return { NeutronError: { type, message, detail: "" } };
    case "compute":
      return { [NOVA_FAULTS[status] ?? "computeFault"]: { code: status, message } };
    case "image":
      return { message: `${message}${PAGE_END}`, code: `${status} ${title}`, title };
  }
}

/** WebOb, which words Glance's refusals, makes them for pages, even where they are JSON. */
const PAGE_END = "<br /><br />\n\n\n";

/** Glance's refusal for whoever does not ask for JSON: a page. */
export function errorPage({ status, message }: ApiError): string {
  const title = `${status} ${TITLES[status] ?? "Error"}`;
  const text = message.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const body = ` <body>\n  <h1>${title}</h1>\n  ${text}${PAGE_END}\n </body>`;
  return `<html>\n <head>\n  <title>${title}</title>\n </head>\n${body}\n</html>`;
}

/** What a throw of a handler or of the framework means to the caller; undefined: a defect of ours, to be logged. */
export function asApiError(thrown: FastifyError | Error): ApiError | undefined {
  if (thrown instanceof ApiError) return thrown;
  const status = "statusCode" in thrown ? thrown.statusCode : undefined;
  if (status !== undefined && status >= 400 && status < 500) return new ApiError(status, thrown.message);
  return undefined;
}

/** The refusal of a request without a valid token. */
export function unauthorized(): ApiError {
  return new ApiError(401, "The request you have made requires authentication.");
}

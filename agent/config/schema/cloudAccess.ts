/** How the agent speaks to the APIs of the clouds that its public addresses are at. All credentials are secrets. */
import * as z from "zod";
import { hostAddress } from "../fields/address.ts";
import { certificatesFault } from "../fields/certificates.ts";
import { expected, expectedUnquoted } from "../fields/expected.ts";

/** Own address that connections come from. Default: the kernel's choice, which may be a shared address. */
const source = hostAddress("an own address, such as 203.0.113.105").optional();

const PEM = expectedUnquoted(
  "a CA's certificate",
  "1 to 32 certificates in PEM, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
);

/** How the connections are made, whichever cloud it is. */
const way = {
  source,
  /** The CAs that are trusted, instead of those that Node knows. */
  ca: z
    .string(PEM)
    .refine((text) => certificatesFault(text) === undefined, PEM)
    .optional(),
  /** Whether `http://` may lead to another machine: for labs. */
  allowPlainHttp: z.boolean(expected("a choice", "true, in a lab, or leave the key out")).optional(),
};

const MAX_URL = 512;

/** An http or https address without a slash at its end, credentials or a query. */
function apiUrl(remedy: string): z.ZodString {
  const wanted = expectedUnquoted("the address of an API", remedy);
  return z.string(wanted).refine((text) => {
    if (text.length > MAX_URL || !URL.canParse(text)) return false;
    const url = new URL(text);
    return (
      /^https?:$/.test(url.protocol) && url.href.replace(/\/$/, "") === text && url.username === "" && url.search === ""
    );
  }, wanted);
}

function secretText(what: string): z.ZodString {
  const wanted = expectedUnquoted(what, "what the cloud gave you, 1 to 512 characters");
  return z.string(wanted).min(1, wanted).max(512, wanted);
}

/** Signed requests: an application and a consumer key that may do just what the agent does. */
const signing = z.strictObject({
  applicationKey: secretText("an application key"),
  applicationSecret: secretText("an application secret"),
  consumerKey: secretText("a consumer key"),
});

/** OAuth2: a service account under an IAM policy. */
const serviceAccount = z.strictObject({
  clientId: secretText("a client's id"),
  clientSecret: secretText("a client's secret"),
  tokenUrl: apiUrl("where the account gets its tokens, such as https://www.ovh.com/auth/oauth2/token"),
});

export const ovhAccess = z.strictObject(
  {
    /** With the version's path: `https://eu.api.ovh.com/1.0`. */
    endpoint: apiUrl("such as https://eu.api.ovh.com/1.0"),
    /** The Public Cloud project, 32 hexadecimal digits. */
    project: z
      .string(expected("a project's id", "its 32 hexadecimal digits"))
      .regex(/^[0-9a-f]{32}$/, expected("a project's id", "its 32 hexadecimal digits")),
    credentials: z.union(
      [signing, serviceAccount],
      expectedUnquoted(
        "a set of credentials",
        "{ applicationKey, applicationSecret, consumerKey } or { clientId, clientSecret, tokenUrl }",
      ),
    ),
    ...way,
  },
  expectedUnquoted(
    "access to OVH's API",
    '{ "endpoint": "https://eu.api.ovh.com/1.0", "project": ..., "credentials": ... }',
  ),
);

export const openstackAccess = z.strictObject(
  {
    /** Keystone with its version: `https://auth.cloud.ovh.net/v3`. */
    authUrl: apiUrl("such as https://auth.cloud.ovh.net/v3"),
    region: z
      .string(expected("a region", "its name, such as GRA11"))
      .min(1, expected("a region", "its name, such as GRA11")),
    /** Of a role that may change floating IPs, and of one project by its nature. */
    applicationCredential: z.strictObject(
      { id: secretText("an application credential's id"), secret: secretText("an application credential's secret") },
      expectedUnquoted("an application credential", "{ id, secret }"),
    ),
    ...way,
  },
  expectedUnquoted(
    "access to OpenStack",
    '{ "authUrl": ..., "region": ..., "applicationCredential": { "id": ..., "secret": ... } }',
  ),
);

/** Nova's name of this machine, as the APIs know it. */
export const instanceId = z.guid(expected("an instance's id", "its UUID, or leave the key out to have it found"));

export type OvhAccess = z.output<typeof ovhAccess>;

export type OpenstackAccess = z.output<typeof openstackAccess>;

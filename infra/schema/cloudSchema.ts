/** The APIs by which agents move public addresses: where they are, and credentials of the agents' own. */
import { z } from "zod";
import { certificatesFault } from "../../agent/config/fields/certificates.ts";
import { ovhApi } from "../values/ovhApi.ts";
import { noted, secret, secretText, text } from "./fields.ts";

/** A Public Cloud project: 32 hexadecimal digits. */
export const PROJECT_ID = /^[0-9a-f]{32}$/;

const PROJECT = "write the project's id, 32 hexadecimal digits (the control panel shows it under the project's name)";

/** An address of an API as a node reaches it. A last slash does not count. */
function apiUrl(remedy: string): z.ZodType<string, string> {
  return noted(
    z.string().transform((value, context) => {
      const url = value.replace(/\/$/, "");
      if (/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) return url;
      context.addIssue({ code: "custom", message: "is no http or https address" });
      return z.NEVER;
    }),
    remedy,
  );
}

const ENDPOINT = "write ovh-eu, ovh-ca, ovh-us or a URL such as https://eu.api.ovh.com/1.0";
const endpoint = (): z.ZodType<string, string> =>
  noted(
    z.string().refine((value) => ovhApi(value) !== undefined, { error: "is no endpoint of OVH's API" }),
    ENDPOINT,
  );

/** CAs that the agents trust there, instead of those that Node knows. Not shown: it may be a key that was pasted there. */
const trust = {
  /** Certificates in PEM. */
  ca: secret(
    z.string().superRefine((pem, context) => {
      const message = certificatesFault(pem);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    }),
    "write certificates in PEM, or use caFile",
  ).optional(),
  /** The file that they are in; certificates.ts puts them in `ca`. */
  caFile: text("write the path of a file with certificates in PEM, or leave the key out").optional(),
};

/** A consumer key that may do the two calls and nothing else. */
const signing = z.strictObject({
  applicationKey: text("write the application's key"),
  applicationSecret: secretText("set it with: pulumi config set --secret --path PATH"),
  consumerKey: secretText("set it with: pulumi config set --secret --path PATH"),
});

/** A service account under a policy that allows the two calls and nothing else. */
const serviceAccount = z.strictObject({
  clientId: text("write the service account's client id"),
  clientSecret: secretText("set it with: pulumi config set --secret --path PATH"),
});

export const ovh = z.strictObject({
  /** OVH's region of the API. Default: the Pulumi provider's own (`ovh:endpoint`, OVH_ENDPOINT), else ovh-eu. */
  endpoint: endpoint().default("ovh-eu"),
  /** The Public Cloud project. Default: `openstack:tenantId`. */
  project: noted(z.string().regex(PROJECT_ID, { error: "is no project's id" }), PROJECT).optional(),
  /** The region that the nodes are in, as OVH calls it. Default: `openstack:region`. */
  region: text("write the region's name, such as GRA11").optional(),
  /** How the nodes reach the API. Default: as the program does. */
  agentEndpoint: endpoint().optional(),
  /** The agents' own, never the operator's; `create` makes a service account that can do what they need. */
  credentials: secret(
    z.union([z.literal("create"), signing, serviceAccount], { error: "is neither a set of credentials nor create" }),
    "write create, { clientId, clientSecret } or { applicationKey, applicationSecret, consumerKey }",
  ).optional(),
  ...trust,
});

export const openstack = z.strictObject({
  /** Keystone as the nodes reach it. Default: `openstack:authUrl`. */
  authUrl: apiUrl("write Keystone's address, such as https://auth.cloud.ovh.net/v3").optional(),
  /** Default: `openstack:region`. */
  region: text("write the region's name, such as GRA11").optional(),
  applicationCredential: secret(
    z.strictObject({
      id: text("write the application credential's id"),
      secret: secretText("set it with: pulumi config set --secret --path openstack.applicationCredential.secret"),
    }),
    "write { id, secret }; `openstack application credential create` makes one",
  ),
  ...trust,
});

// How to reach OVH's API: the configuration of @ovhcloud/pulumi-ovh's provider, with the variables it falls back to.
import { open, type WireObject } from "../wireValues.ts";

/** How a request shows who it is from. */
export type Login =
  | {
      readonly kind: "signature";
      readonly applicationKey: string;
      readonly applicationSecret: string;
      readonly consumerKey: string;
    }
  | { readonly kind: "token"; readonly accessToken: string }
  | { readonly kind: "serviceAccount"; readonly clientId: string; readonly clientSecret: string; readonly url: string };

/** Everything a client of the API needs. */
export interface Access {
  /** With the version's path and no slash at its end: `https://eu.api.ovh.com/1.0`. */
  readonly endpoint: string;
  readonly login: Login;
  /** Whether it is of no account that the credentials cannot be looked up. */
  readonly ignoreInitError: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The API's own names of its regions (go-ovh, configuration.go), and where their service accounts get tokens. */
const ENDPOINTS: Readonly<Record<string, { readonly endpoint: string; readonly tokenUrl: string }>> = {
  "ovh-eu": { endpoint: "https://eu.api.ovh.com/1.0", tokenUrl: "https://www.ovh.com/auth/oauth2/token" },
  "ovh-ca": { endpoint: "https://ca.api.ovh.com/1.0", tokenUrl: "https://ca.ovh.com/auth/oauth2/token" },
  "ovh-us": { endpoint: "https://api.us.ovhcloud.com/1.0", tokenUrl: "https://us.ovhcloud.com/auth/oauth2/token" },
};

/** By the input's name, the variable that stands for it when it is not configured. */
const VARIABLES = {
  endpoint: "OVH_ENDPOINT",
  accessToken: "OVH_ACCESS_TOKEN",
  applicationKey: "OVH_APPLICATION_KEY",
  applicationSecret: "OVH_APPLICATION_SECRET",
  consumerKey: "OVH_CONSUMER_KEY",
  clientId: "OVH_CLIENT_ID",
  clientSecret: "OVH_CLIENT_SECRET",
} as const;

/**
 * Reads the provider's configuration; `ovh.conf` files, which the official plugin reads as well, are not.
 * @throws Error naming what is missing or does not fit together
 */
export function readAccess(config: WireObject, env: Environment): Access {
  const values = open(config) as WireObject;
  const value = (name: keyof typeof VARIABLES): string | undefined => {
    const configured = values[name] ?? env[VARIABLES[name]];
    return typeof configured === "string" && configured !== "" ? configured : undefined;
  };
  const named = value("endpoint");
  if (named === undefined) {
    throw new Error("ovh:endpoint is missing: set it, or OVH_ENDPOINT, to ovh-eu, ovh-ca, ovh-us or a URL");
  }
  const known = ENDPOINTS[named];
  // As the official plugin does it: whatever has a slash in it is taken for a URL.
  if (known === undefined && !named.includes("/")) {
    throw new Error(`ovh:endpoint "${named}" is no endpoint: write ovh-eu, ovh-ca, ovh-us or a URL`);
  }
  const endpoint = known?.endpoint ?? named.replace(/\/$/, "");
  return { endpoint, login: readLogin(value, known?.tokenUrl), ignoreInitError: isTrue(values["ignoreInitError"]) };
}

function readLogin(value: (name: keyof typeof VARIABLES) => string | undefined, tokenUrl: string | undefined): Login {
  const [accessToken, clientId, clientSecret] = [value("accessToken"), value("clientId"), value("clientSecret")];
  const applicationKey = value("applicationKey");
  const applicationSecret = value("applicationSecret");
  const consumerKey = value("consumerKey");
  const ways = [accessToken, clientId, applicationKey].filter((way) => way !== undefined).length;
  if (ways > 1) {
    throw new Error(
      "ovh: more than one way to log in is configured: keep one of accessToken, clientId and applicationKey " +
        "(and their OVH_* variables)",
    );
  }
  if (accessToken !== undefined) return { kind: "token", accessToken };
  if (applicationKey !== undefined && applicationSecret !== undefined && consumerKey !== undefined) {
    return { kind: "signature", applicationKey, applicationSecret, consumerKey };
  }
  if (clientId !== undefined && clientSecret !== undefined) {
    // go-ovh knows where to get a token for OVH's own endpoints alone.
    if (tokenUrl !== undefined) return { kind: "serviceAccount", clientId, clientSecret, url: tokenUrl };
    throw new Error(
      "ovh:clientId works with OVH's own endpoints alone: use an accessToken, or applicationKey and so on",
    );
  }
  throw new Error(
    "ovh: there is no way to log in: set applicationKey, applicationSecret and consumerKey, or clientId and " +
      "clientSecret, or accessToken, in ovh:* or in OVH_* variables",
  );
}

const isTrue = (value: unknown): boolean => value === true || value === "true";

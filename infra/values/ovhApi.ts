/** OVH's API by the name of its region, or at an address of one's own. */

import { ownEntry } from "../../agent/config/fields/ownEntry.ts";

/** Where one region of the API is. */
export interface OvhApi {
  /** With the version's path and no slash at its end. */
  readonly endpoint: string;
  /** Where its service accounts get their tokens. */
  readonly tokenUrl: string;
  /** Third part of its URNs: `urn:v1:eu:resource:...`. */
  readonly partition: "eu" | "ca" | "us";
}

/** go-ovh's endpoints and token addresses; for Canada the guide names another host than OVH's own clients use. */
const REGIONS: Readonly<Record<string, OvhApi>> = {
  "ovh-eu": {
    endpoint: "https://eu.api.ovh.com/1.0",
    tokenUrl: "https://www.ovh.com/auth/oauth2/token",
    partition: "eu",
  },
  "ovh-ca": {
    endpoint: "https://ca.api.ovh.com/1.0",
    tokenUrl: "https://ca.ovh.com/auth/oauth2/token",
    partition: "ca",
  },
  "ovh-us": {
    endpoint: "https://api.us.ovhcloud.com/1.0",
    tokenUrl: "https://us.ovhcloud.com/auth/oauth2/token",
    partition: "us",
  },
};

/** The API of that name, or at that URL; undefined when it is neither. One that is not OVH's own gives tokens itself. */
export function ovhApi(nameOrUrl: string): OvhApi | undefined {
  const named = ownEntry(REGIONS, nameOrUrl);
  if (named !== undefined) return named;
  const endpoint = nameOrUrl.replace(/\/$/, "");
  const known = Object.values(REGIONS).find((region) => region.endpoint === endpoint);
  if (known !== undefined) return known;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) return undefined;
  const tokenUrl = `${endpoint.replace(/\/(?:1\.0|v1)$/, "")}/auth/oauth2/token`;
  return { endpoint, tokenUrl, partition: "eu" };
}

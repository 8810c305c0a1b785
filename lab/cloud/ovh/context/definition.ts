/** What a region has of OVH from the start: its failover IPs, its vRack, and the operator's credentials. */
import type { CloudState } from "../../state/state.ts";

/** The account's own credentials: every call is granted. */
export interface OvhOperator {
  readonly applicationKey: string;
  readonly applicationSecret: string;
  readonly consumerKey: string;
}

/** OVH's part of a region. */
export interface OvhDefinition {
  /** The customer's name ("NIC handle"), part of every identity's URN. */
  readonly account: string;
  readonly operator: OvhOperator;
  /** `hasProject`: whether a new region's project is in it already, as new projects of OVH's are. */
  readonly vrack: { readonly name: string; readonly hasProject: boolean };
  readonly failoverIps: readonly { readonly id: string; readonly address: string }[];
}

/** The credential number of the operator's consumer key. */
export const OPERATOR_CREDENTIAL = 1;

/** Adds what the definition has and the state lacks; what is there stays as it is. */
export function defineOvh(draft: CloudState, definition: OvhDefinition, now: number): void {
  const { ovh } = draft;
  for (const { id, address } of definition.failoverIps) {
    if (ovh.failoverIps.some((there) => there.id === id)) continue;
    ovh.failoverIps.push({ id, address, routedTo: null, reaches: null, move: null, previous: null });
  }
  ovh.vrack ??= { ...definition.vrack, task: null };
  const { applicationKey, applicationSecret, consumerKey } = definition.operator;
  ovh.applications = ovh.applications.filter(({ key }) => key !== applicationKey);
  ovh.applications.unshift({ key: applicationKey, secret: applicationSecret, name: "operator" });
  ovh.credentials = ovh.credentials.filter(({ id }) => id !== OPERATOR_CREDENTIAL);
  ovh.credentials.unshift({
    id: OPERATOR_CREDENTIAL,
    applicationKey,
    consumerKey,
    rules: (["GET", "POST", "PUT", "DELETE"] as const).map((method) => ({ method, path: "/*" })),
    status: "validated",
    createdAt: now,
  });
}

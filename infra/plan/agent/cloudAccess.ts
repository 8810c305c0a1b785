/** How the agents speak to the clouds' APIs, in the words of their document. */
import type { AgentConfigInput } from "../../../agent/config/schema/document.ts";
import type { StackConfig } from "../../schema/schema.ts";
import { type OvhApi, ovhApi } from "../../values/ovhApi.ts";
import type { CloudFacts } from "./cloudFacts.ts";

type OvhDocument = NonNullable<AgentConfigInput["ovh"]>;
type OpenstackDocument = NonNullable<AgentConfigInput["openstack"]>;
type Credentials = NonNullable<NonNullable<StackConfig["ovh"]>["credentials"]>;

/** OVH's API as the program and the agents use it. */
export interface OvhPlan {
  readonly project: string;
  /** The region that the nodes are in. */
  readonly region?: string;
  /** Third part of the account's URNs. */
  readonly partition: OvhApi["partition"];
  /** As the nodes reach it. */
  readonly agents: OvhApi;
  /** Absent: nothing is moved by it. Holds secrets. */
  readonly credentials?: Credentials;
  readonly trust: Trust;
}

/** How the agents know that an API is the one that it should be. */
type Trust = Pick<OvhDocument, "ca" | "allowPlainHttp">;

/** Plans the access to OVH; undefined when the stack has nothing to do with it. */
export function planOvh({ ovh, allowPlainHttp }: StackConfig): OvhPlan | undefined {
  if (ovh?.project === undefined) return undefined;
  const { project, region, endpoint, agentEndpoint = endpoint, credentials } = ovh;
  return {
    project,
    ...(region === undefined ? {} : { region }),
    partition: apiOf(endpoint).partition,
    agents: apiOf(agentEndpoint),
    ...(credentials === undefined ? {} : { credentials }),
    trust: trustOf(ovh.ca, allowPlainHttp),
  };
}

function trustOf(ca: string | undefined, allowPlainHttp: boolean): Trust {
  return { ...(ca === undefined ? {} : { ca }), ...(allowPlainHttp ? { allowPlainHttp } : {}) };
}

function apiOf(nameOrUrl: string): OvhApi {
  const api = ovhApi(nameOrUrl);
  if (api === undefined) throw new RangeError(`${nameOrUrl} is no API: the configuration was not checked`);
  return api;
}

/** A node's access to OVH. @param source its own address; the public one, so that a shared address is never the source */
export function ovhDocument(
  { project, agents, credentials, trust }: OvhPlan,
  source: string,
  facts: CloudFacts,
): OvhDocument {
  const { endpoint, tokenUrl } = agents;
  const given = credentials === "create" ? facts.account : credentials;
  if (given === undefined) throw new RangeError("there are no credentials: the configuration was not checked");
  return { endpoint, project, credentials: "clientId" in given ? { ...given, tokenUrl } : given, source, ...trust };
}

/** The nodes' access to OpenStack; undefined when the stack has none. */
export function planOpenstack({ openstack, allowPlainHttp }: StackConfig): OpenstackDocument | undefined {
  if (openstack?.authUrl === undefined || openstack.region === undefined) return undefined;
  const { authUrl, region, applicationCredential, ca } = openstack;
  return { authUrl, region, applicationCredential, ...trustOf(ca, allowPlainHttp) };
}

/** The state of a new region: the external network, the project's default security group, and nothing else. */
import { randomUUID } from "node:crypto";
import { UserError } from "../../toolchain/userError.ts";
import { newRow } from "./neutron/collections/collection.ts";
import { addDefaultGroup } from "./neutron/securityGroups.ts";
import { addSubnet } from "./neutron/subnets.ts";
import { type Cidr, parseCidr } from "./state/addresses.ts";
import { noOvhRecords } from "./state/ovhRecords.ts";
import type { CloudState, CloudView } from "./state/state.ts";

/** The network outside: its CIDR, its gateway's address, and the pool for routers and floating IPs. */
export interface ExternalNetworkDefinition {
  readonly name: string;
  readonly cidr: string;
  readonly gateway: string;
  readonly pool: { readonly start: string; readonly end: string };
}

/** Where the numbers of tenant segments start: what comes before is left to those who choose their own. */
const FIRST_SEGMENT = 1000;

/** A new region's state. Throws what Neutron would refuse in the external network's definition. */
export function newState(external: ExternalNetworkDefinition, now: number): CloudState {
  const state: CloudState = {
    version: 1,
    createdAt: now,
    projectId: keystoneId(),
    userId: keystoneId(),
    counters: { server: 0, keypair: 0, standardAttr: 0, segment: FIRST_SEGMENT },
    networks: [],
    subnets: [],
    ports: [],
    securityGroups: [],
    securityGroupRules: [],
    routers: [],
    floatingIps: [],
    keypairs: [],
    serverGroups: [],
    servers: [],
    applicationCredentials: [],
    ovh: noOvhRecords(),
  };
  addDefaultGroup(state, now);
  addExternalNetwork(state, external, now);
  return state;
}

function addExternalNetwork(state: CloudState, external: ExternalNetworkDefinition, now: number): void {
  const id = randomUUID();
  state.networks.push({
    ...newRow(now),
    id,
    name: external.name,
    description: "",
    adminStateUp: true,
    mtu: 1500,
    portSecurityEnabled: true,
    shared: false,
    external: true,
    provider: { networkType: "flat", physicalNetwork: "external", segmentationId: null },
  });
  addSubnet(state, now, {
    networkId: id,
    name: external.name,
    description: "",
    cidr: externalCidr(external),
    gatewayIp: external.gateway,
    enableDhcp: false,
    pools: [{ ...external.pool }],
    dnsNameservers: [],
  });
}

function externalCidr({ cidr }: ExternalNetworkDefinition): Cidr {
  const parsed = parseCidr(cidr);
  if (parsed === undefined) throw new Error(`the external network's CIDR "${cidr}" is not an IPv4 CIDR`);
  return parsed;
}

/** Refuses a state whose external network is another than the one the lab now has. */
export function requireSameExternalNetwork(state: CloudView, external: ExternalNetworkDefinition, file: string): void {
  const network = state.networks.find((candidate) => candidate.external);
  const subnet = state.subnets.find((candidate) => candidate.networkId === network?.id);
  const is = `${network?.name ?? "none"} ${subnet?.cidr ?? ""} ${subnet?.gatewayIp ?? ""}`;
  const should = `${external.name} ${external.cidr} ${external.gateway}`;
  if (is !== should) {
    throw new UserError(
      `the cloud's state in ${file} was made with the external network "${is}", and the lab now has "${should}"`,
      "take the lab down to start with an empty cloud",
    );
  }
}

function keystoneId(): string {
  return randomUUID().replaceAll("-", "");
}

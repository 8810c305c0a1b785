/** What every service of the cloud works with. */
import type { Logger } from "pino";
import type { ServiceName } from "../http/errors.ts";
import type { Conductor } from "./conductorPort.ts";
import type { Store } from "./store.ts";

/** An image that servers can be made of. */
export interface ImageDefinition {
  readonly id: string;
  readonly name: string;
}

/** A size of server. The lab's machines share the host's memory and processors; the figures are what the API tells. */
export interface FlavorDefinition {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMib: number;
  readonly diskGib: number;
  /** Whether OVH routes failover IPs to servers of this size; absent: yes. */
  readonly failoverIp?: boolean;
}

/** Who may use the cloud: one user with one project, both in the domain `Default`. */
export interface Credentials {
  readonly userName: string;
  readonly password: string;
  readonly projectName: string;
}

/** What every service is given. */
export interface CloudContext {
  readonly store: Store;
  readonly conductor: Conductor;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly credentials: Credentials;
  readonly images: readonly ImageDefinition[];
  readonly flavors: readonly FlavorDefinition[];
  /** Names of the compute hosts the scheduler has. */
  readonly computeHosts: readonly string[];
  /** The service's address as the catalog gives it, without a slash at the end. */
  readonly endpoint: (service: ServiceName) => string;
}

/** Who runs the cloud. Users are told by their name alone: this one sees what OpenStack's policies keep from all others. */
const OPERATOR = "admin";

/** Whether the cloud's one user is an operator. */
export const isOperator = ({ credentials }: Pick<CloudContext, "credentials">): boolean =>
  credentials.userName === OPERATOR;

/** The only region. */
export const REGION = "RegionLocal";
/** The only availability zone. */
export const AVAILABILITY_ZONE = "nova";

/**
 * The names of everything the hypervisor makes on the host. All of them can be told from anyone else's, and one lab's
 * from another's, so that leftovers are found by name alone.
 */

/** The first characters of an id that a name has room for. Ids are UUIDs: eight hexadecimal digits tell them apart. */
const SHORT_ID = 8;
/** Interface names hold 15 bytes (IFNAMSIZ - 1): three for the kind, eleven of the id, as Neutron does. */
const INTERFACE_ID = 11;

/** A lab's names. */
export interface HostNames {
  /** What every name begins with. */
  readonly lab: string;
  /** The namespace with all bridges: the switches of the region, and where filters are. */
  readonly fabric: string;
  /** The namespace of the client host on the external segment. */
  readonly client: string;
  /** The namespace of a real OpenStack's own services. */
  readonly control: string;
  /** The namespace of a real OpenStack's hypervisor host, counted from 1: its bridges, and where Neutron's agents filter. */
  computeHost(number: number): string;
  /** A router's namespace. */
  router(routerId: string): string;
  /** A server's namespace; the machine on it has the same name. */
  server(serverId: string): string;
  /** Whether a namespace or machine is this lab's. */
  owns(name: string): boolean;
}

/** @throws Error when the lab's name does not begin with `vipf-` or could not be told from one of its own namespaces */
export function hostNames(lab: string): HostNames {
  if (!/^vipf-[a-z0-9]+$/.test(lab)) {
    throw new Error(`a lab cannot be named "${lab}": use "vipf-" and lower-case letters or digits, as in vipf-local`);
  }
  const own = new RegExp(`^${lab}-(fabric|client|control|host-\\d+|(router|server)-[0-9a-f]{${SHORT_ID}})$`);
  return {
    lab,
    fabric: `${lab}-fabric`,
    client: `${lab}-client`,
    control: `${lab}-control`,
    computeHost: (number) => `${lab}-host-${number}`,
    router: (routerId) => `${lab}-router-${routerId.slice(0, SHORT_ID)}`,
    server: (serverId) => `${lab}-server-${serverId.slice(0, SHORT_ID)}`,
    owns: (name) => own.test(name),
  };
}

/** The bridge of a segment, in the fabric. */
export const bridgeName = (segmentId: string): string => `brq${segmentId.slice(0, INTERFACE_ID)}`;
/** The switch's end of a port's cable, in the fabric: a server's or a router's. */
export const tapName = (portId: string): string => `tap${portId.slice(0, INTERFACE_ID)}`;
/** A router's end of a cable to a tenant segment. */
export const routerPortName = (portId: string): string => `qr-${portId.slice(0, INTERFACE_ID)}`;
/** A router's end of its cable to the external segment. */
export const gatewayName = (routerId: string): string => `qg-${routerId.slice(0, INTERFACE_ID)}`;
/** The switch's end of a router's cable to the external segment. */
export const gatewayTapName = (routerId: string): string => `tgw${routerId.slice(0, INTERFACE_ID)}`;
/** The switch's end of the client host's cable. */
export const CLIENT_TAP = "tapclient";
/** The client host's own end. */
export const CLIENT_DEVICE = "eth0";

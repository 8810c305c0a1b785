/**
 * The names, places and numbers of one lab. Labs with different names live side by side on a host: the one of `npm start`
 * and those of the end-to-end tests, one a suite.
 */
import { join } from "node:path";
import { STATE_DIR } from "../../toolchain/places.ts";
import { UserError } from "../../toolchain/userError.ts";

/** What plays the cloud: doubles of its APIs over the lab's own hypervisor, or a real OpenStack. */
export const cloudKinds = ["doubles", "openstack"] as const;
export type CloudKind = (typeof cloudKinds)[number];

/** @throws UserError that lists the kinds there are */
export function cloudKindNamed(text: string): CloudKind {
  const kind = cloudKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new UserError(`there is no cloud "${text}" for a lab`, `use one of: ${cloudKinds.join(", ")}`);
}

/** Where everything of one lab is. */
export interface LabSettings {
  /** Its short name, the same for each of its clouds. */
  readonly lab: LabName;
  readonly cloud: CloudKind;
  /** Prefix of every namespace, machine and interface on the host. */
  readonly name: string;
  /** The Pulumi stack that is rehearsed on this lab. */
  readonly stack: string;
  /** Keys, state of the region, disks of the servers, logs. Mode 0700. */
  readonly directory: string;
  /** Loopback port of the cloud's APIs. */
  readonly apiPort: number;
  /** Loopback port of the bastion, the way in to the servers. */
  readonly bastionPort: number;
}

const labNames = ["local", "test", "ovh", "floating"] as const;
export type LabName = (typeof labNames)[number];

type Place = Omit<LabSettings, "lab" | "cloud">;

/** Two labs have a sibling on the other cloud, with a state and a stack of its own: what one cloud made, the other never heard of. */
const LABS: Readonly<Record<LabName, { readonly doubles: Place; readonly openstack?: Place }>> = {
  local: {
    doubles: {
      name: "vipf-local",
      stack: "local",
      directory: join(STATE_DIR, "lab"),
      apiPort: 15000,
      bastionPort: 12222,
    },
    openstack: {
      name: "vipf-openstack",
      stack: "local-openstack",
      directory: join(STATE_DIR, "lab-openstack"),
      apiPort: 15200,
      bastionPort: 12422,
    },
  },
  test: {
    doubles: {
      name: "vipf-test",
      stack: "test",
      directory: join(STATE_DIR, "lab-test"),
      apiPort: 15100,
      bastionPort: 12322,
    },
    openstack: {
      name: "vipf-testopenstack",
      stack: "test-openstack",
      directory: join(STATE_DIR, "lab-test-openstack"),
      apiPort: 15300,
      bastionPort: 12522,
    },
  },
  ovh: {
    doubles: {
      name: "vipf-ovh",
      stack: "test-ovh",
      directory: join(STATE_DIR, "lab-test-ovh"),
      apiPort: 15400,
      bastionPort: 12622,
    },
  },
  floating: {
    doubles: {
      name: "vipf-floating",
      stack: "test-floating",
      directory: join(STATE_DIR, "lab-test-floating"),
      apiPort: 15500,
      bastionPort: 12722,
    },
  },
};

/** The settings of a lab by its short name and its cloud. @throws UserError when there is no such lab */
export function labSettings(lab: string, cloud: CloudKind = "doubles"): LabSettings {
  const name = labNames.find((known) => known === lab);
  if (name === undefined) {
    throw new UserError(`there is no lab named "${lab}"`, `use one of: ${labNames.join(", ")}`);
  }
  const place = LABS[name][cloud];
  if (place === undefined) {
    throw new UserError(
      `the lab "${name}" has no cloud "${cloud}"`,
      `use one of: ${Object.keys(LABS[name]).join(", ")}`,
    );
  }
  return { lab: name, cloud, ...place };
}

/** OVH's API as programs on this host reach it. */
export const ovhEndpoint = (apiPort: number): string => `http://127.0.0.1:${apiPort}/ovh/1.0`;

/** The region every lab plays: one external network, images and flavors. Addresses are documentation ranges. */
export const REGION = {
  name: "RegionLocal",
  userName: "lab",
  projectName: "edge",
  /** Compute hosts that anti-affinity can spread servers over. */
  computeHosts: 4,
  /** Those of a real OpenStack, where each costs services of its own. */
  openstackHosts: 2,
  /** Two names for the lab's one image, and two sizes that are the same machine: so that changing either can be rehearsed. */
  images: [
    { id: "b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a11", name: "debian-12" },
    { id: "b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a12", name: "debian-12-next" },
  ],
  flavors: [
    { id: "1", name: "edge.small", vcpus: 1, ramMib: 512, diskGib: 10 },
    { id: "2", name: "edge.big", vcpus: 2, ramMib: 1024, diskGib: 10 },
  ],
  externalNetwork: {
    name: "Ext-Net",
    cidr: "203.0.113.0/24",
    gateway: "203.0.113.1",
    pool: { start: "203.0.113.100", end: "203.0.113.199" },
  },
  ovh: {
    account: "xx00000-ovh",
    /** New projects of OVH's are in a vRack already. */
    vrack: { name: "pn-100042", hasProject: true },
    failoverIps: [
      { id: "5c0ffee0-0000-4000-8000-000000000010", address: "198.51.100.10" },
      { id: "5c0ffee0-0000-4000-8000-000000000011", address: "198.51.100.11" },
      { id: "5c0ffee0-0000-4000-8000-000000000012", address: "198.51.100.12" },
    ],
  },
  /** The host on Ext-Net from which drills call the VIP and the bastion reaches the servers. */
  client: { address: "203.0.113.2", prefixLength: 24 },
} as const;

/** Files inside a lab's directory. */
export const labFiles = (settings: LabSettings) =>
  ({
    sshPrivateKey: join(settings.directory, "ssh", "id_ed25519"),
    sshPublicKey: join(settings.directory, "ssh", "id_ed25519.pub"),
    /** What the nodes' host keys and the agents' keys are derived from. Mode 0600. */
    hostKeySeed: join(settings.directory, "ssh", "host_key_seed"),
    bastionHostKeyPublic: join(settings.directory, "bastion_host_key.pub"),
    /** What `pulumi` needs in its environment to speak to this lab. Mode 0600. */
    environment: join(settings.directory, "environment.json"),
    cloudState: join(settings.directory, "cloud.json"),
    hostState: join(settings.directory, "host"),
    /** A real OpenStack's configuration, databases, logs and sockets. */
    openstackState: join(settings.directory, "openstack"),
    controlSocket: join(settings.directory, "control.sock"),
    pid: join(settings.directory, "daemon.pid"),
    log: join(settings.directory, "daemon.log"),
  }) as const;

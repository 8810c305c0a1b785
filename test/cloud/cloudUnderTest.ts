/** A cloud on a free port over paper machines, and a client that has logged in to it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cloud, type CloudOptions, createCloud } from "../../lab/cloud/cloud.ts";
import type { OvhDefinition } from "../../lab/cloud/ovh/context/definition.ts";
import type { CloudView } from "../../lab/cloud/state/state.ts";
import { CloudCaller } from "./cloudCaller.ts";
import { PaperHypervisor } from "./paperHypervisor.ts";

export const IMAGE = { id: "b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a11", name: "tiny" };
export const OTHER_IMAGE = { id: "b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a12", name: "tiny-2" };
export const FLAVOR = { id: "edge.small", name: "edge.small", vcpus: 1, ramMib: 512, diskGib: 2 };
export const BIG_FLAVOR = { id: "edge.big", name: "edge.big", vcpus: 2, ramMib: 1024, diskGib: 2 };
export const CREDENTIALS = { userName: "lab", password: "a password of the tests", projectName: "lab" };
export const EXTERNAL_NETWORK = {
  name: "Ext-Net",
  cidr: "203.0.113.0/24",
  gateway: "203.0.113.1",
  pool: { start: "203.0.113.100", end: "203.0.113.199" },
};
export const OVH: OvhDefinition = {
  account: "xx11111-ovh",
  operator: {
    applicationKey: "7kbG7Bk7S9Nt7ZSV",
    applicationSecret: "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF",
    consumerKey: "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1",
  },
  vrack: { name: "pn-100042", hasProject: true },
  failoverIps: [
    { id: "b1d2c3e4-0000-4000-8000-000000000001", address: "198.51.100.10" },
    { id: "b1d2c3e4-0000-4000-8000-000000000002", address: "198.51.100.11" },
  ],
};

export class CloudUnderTest extends CloudCaller {
  readonly folder: string;
  readonly hypervisor: PaperHypervisor;
  readonly cloud: Cloud;

  private constructor(folder: string, hypervisor: PaperHypervisor, cloud: Cloud) {
    super(cloud.authUrl, { imageId: IMAGE.id, flavorId: FLAVOR.id });
    this.folder = folder;
    this.hypervisor = hypervisor;
    this.cloud = cloud;
  }

  /** Starts a cloud, in a folder of its own unless one is given, and logs in. */
  static async start(options: Partial<CloudOptions> & { readonly folder?: string } = {}): Promise<CloudUnderTest> {
    const { folder = await mkdtemp(join(tmpdir(), "vipf-cloud-")), ...rest } = options;
    const hypervisor = new PaperHypervisor();
    const cloud = await createCloud({
      port: 0,
      stateFile: join(folder, "cloud.json"),
      hypervisor,
      credentials: CREDENTIALS,
      images: [IMAGE, OTHER_IMAGE],
      flavors: [FLAVOR, BIG_FLAVOR],
      externalNetwork: EXTERNAL_NETWORK,
      ovh: OVH,
      computeHosts: 3,
      ...rest,
    });
    try {
      await cloud.listen();
    } catch (error) {
      await cloud.close();
      await rm(folder, { recursive: true });
      throw error;
    }
    const started = new CloudUnderTest(folder, hypervisor, cloud);
    await started.logIn(rest.credentials ?? CREDENTIALS);
    return started;
  }

  /** Closes the cloud; its folder stays for the next one. */
  async stop(): Promise<string> {
    await this.cloud.close();
    return this.folder;
  }

  async end(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true });
  }

  /** The server's record in the state. */
  record(id: string): CloudView["servers"][number] | undefined {
    return this.cloud.snapshot().servers.find((server) => server.id === id);
  }
}

/** The program: a stack's configuration in, one cluster, its outputs out. */
import { join } from "node:path";
import { EdgeCluster } from "./components/edgeCluster.ts";
import { loadConfig } from "./load.ts";
import { planCluster } from "./plan/cluster.ts";
import { pulumiSource } from "./source.ts";

const { stack, prefix, ssh, release, secretTexts } = loadConfig(pulumiSource(join(import.meta.dirname, "..")));
const plan = planCluster(stack, prefix, ssh.hostKeySeed, secretTexts);
const cluster = new EdgeCluster("cluster", { prefix, plan, ssh, release });

/** By name: address, publicAddress, portId, protocol, virtualRouterId, nodes from the most preferred, masterToBe. */
export const vips = cluster.vips;
/** By name: id, address, publicAddress. */
export const nodes = cluster.nodes;
/** What runs on every node: version, sha256. */
export const agent = cluster.agent;

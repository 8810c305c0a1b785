/**
 * Reads a configuration's shape: keys and types, section by section, node by node, VIP by VIP. What is well-formed goes
 * on to the rules even when something beside it is not, so that one run names everything.
 */
import type { z } from "zod";
import type { WrittenCheck } from "../schema/checkFields.ts";
import { explain, isMap, type KeyPath, MISSING, UNKNOWN_KEY, unknownKey } from "../schema/explain.ts";
import { nearest } from "../schema/nearest.ts";
import type { Problem } from "../schema/problem.ts";
import {
  type DefaultsConfig,
  type NetworkConfig,
  type NodeConfig,
  type ServiceConfig,
  type SshConfig,
  type StackConfig,
  stackSchema,
  type VipConfig,
} from "../schema/schema.ts";
import { electorate, type Member } from "../values/priorities.ts";

/** A configuration as far as it is well-formed. What is absent has a problem of its own already. */
export interface Draft {
  readonly network: NetworkConfig | undefined;
  readonly ssh: SshConfig | undefined;
  readonly ovh: StackConfig["ovh"];
  readonly openstack: StackConfig["openstack"];
  readonly allowPlainHttp: boolean;
  readonly defaults: DefaultsConfig | undefined;
  readonly nodes: ReadonlyMap<string, NodeConfig>;
  readonly vips: ReadonlyMap<string, VipConfig>;
  readonly agentKeys: StackConfig["agentKeys"] | undefined;
  readonly syncGroups: StackConfig["syncGroups"];
  readonly checks: ReadonlyMap<string, WrittenCheck>;
  readonly states: StackConfig["states"];
  readonly peerLink: StackConfig["peerLink"] | undefined;
  readonly metrics: StackConfig["metrics"];
  readonly logFacility: StackConfig["logFacility"];
  readonly services: readonly ServiceConfig[];
  /** Whether sections have no problem of their own: what is not there was then left out, and not misread. */
  readonly isWhole: (...sections: readonly Section[]) => boolean;
}

/** The whole configuration, once nothing in it is misshapen; undefined when a part is missing. */
export function wholeOf(draft: Draft): StackConfig | undefined {
  const { network, ssh, defaults, peerLink, agentKeys, nodes, vips, checks, services } = draft;
  if (network === undefined || ssh === undefined || defaults === undefined) return undefined;
  if (peerLink === undefined || agentKeys === undefined) return undefined;
  const { ovh, openstack, allowPlainHttp, syncGroups, states, metrics, logFacility } = draft;
  return {
    ...{ network, ssh, ovh, openstack, allowPlainHttp, defaults, agentKeys },
    ...{ syncGroups, states, peerLink, metrics, logFacility },
    nodes: Object.fromEntries(nodes),
    vips: Object.fromEntries(vips),
    checks: Object.fromEntries(checks),
    services: [...services],
  };
}

/** Who takes part in the election of a VIP, as far as the nodes are well-formed. */
export function membersIn({ nodes }: Draft, vip: VipConfig): readonly Member[] {
  return electorate(
    [...nodes].map(([name, { priority }]) => ({ name, priority })),
    vip,
  );
}

/** Names as written, whether what they name is well-formed or not. */
export interface WrittenNames {
  readonly nodes: readonly string[];
  readonly vips: readonly string[];
  readonly checks: readonly string[];
}

/** What was read and what was wrong. */
export interface Shape {
  readonly draft: Draft;
  readonly written: WrittenNames;
  readonly problems: readonly Problem[];
}

/** A part of the configuration at the top. */
export type Section = keyof typeof stackSchema.shape;

/**
 * Reads the shape of a configuration.
 * @param raw the keys below the namespace, completed by the providers' own
 * @param sections those that the stack itself writes
 */
export function readShape(raw: Readonly<Record<string, unknown>>, sections: readonly string[]): Shape {
  const problems: Problem[] = [];
  const broken = new Set<string>();
  const { shape } = stackSchema;
  const read = <Value>(schema: z.ZodType<Value>, value: unknown, at: KeyPath): Value | undefined => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    broken.add(String(at[0]));
    problems.push(...onceEach(parsed.error.issues.flatMap((issue) => explain(issue, stackSchema, raw, at))));
    return undefined;
  };
  for (const key of Object.keys(raw)) {
    if (Object.hasOwn(shape, key)) continue;
    const problem = unknownKey(stackSchema, [key]);
    problems.push(problem);
    // The one that was meant is neither missing nor empty: it stands under another name.
    const meant = nearest(key, Object.keys(shape));
    if (meant !== undefined && !sections.includes(meant)) broken.add(meant);
  }
  const isMisspelt = new Set(broken);
  const section = <Value>(name: Section, schema: z.ZodType<Value>): Value | undefined =>
    isMisspelt.has(name) ? undefined : read(schema, raw[name], [name]);
  const readEach = <Value>(schema: z.ZodType<Value>, name: "nodes" | "vips" | "checks"): ReadonlyMap<string, Value> => {
    const map = raw[name];
    const entries = isMap(map) ? Object.entries(map) : [];
    // Nothing, or no map: the section's own schema says whether it may be so. A map's entries are read one by one.
    if (entries.length === 0) section<unknown>(name, shape[name]);
    return new Map(
      entries.flatMap(([entryName, value]) => {
        const entry = read(schema, value, [name, entryName]);
        return entry === undefined ? [] : [[entryName, entry] as const];
      }),
    );
  };
  const draft: Draft = {
    network: section("network", shape.network),
    ssh: section("ssh", shape.ssh),
    ovh: section("ovh", shape.ovh),
    openstack: section("openstack", shape.openstack),
    allowPlainHttp: section("allowPlainHttp", shape.allowPlainHttp) ?? false,
    defaults: section("defaults", shape.defaults),
    nodes: readEach(shape.nodes.valueType, "nodes"),
    vips: readEach(shape.vips.valueType, "vips"),
    agentKeys: section("agentKeys", shape.agentKeys),
    syncGroups: section("syncGroups", shape.syncGroups) ?? {},
    checks: readEach(shape.checks.unwrap().valueType, "checks"),
    states: section("states", shape.states),
    peerLink: section("peerLink", shape.peerLink),
    metrics: section("metrics", shape.metrics),
    logFacility: section("logFacility", shape.logFacility),
    services: section("services", shape.services) ?? [],
    isWhole: (...names) => names.every((name) => !broken.has(name)),
  };
  const written = {
    nodes: keysOf(raw["nodes"]),
    vips: keysOf(raw["vips"]),
    checks: keysOf(raw["checks"]),
  };
  return { draft, written, problems };
}

/** One problem of each value, and none of a missing key that is there with a slip in its name. */
function onceEach(problems: readonly Problem[]): readonly Problem[] {
  const missing = problems.filter(({ why }) => why === MISSING).map(({ key }) => key);
  const misspelt = new Map(
    problems
      .filter(({ why }) => why === UNKNOWN_KEY)
      .flatMap(({ key }) => {
        const holder = key.slice(0, key.lastIndexOf(".") + 1);
        const siblings = missing.filter((one) => one.startsWith(holder)).map((one) => one.slice(holder.length));
        const meant = nearest(key.slice(holder.length), siblings);
        return meant === undefined ? [] : [[key, meant] as const];
      }),
  );
  const meant = new Set([...misspelt].map(([key, name]) => key.slice(0, key.lastIndexOf(".") + 1) + name));
  const seen = new Set<string>();
  return problems.flatMap((problem) => {
    if (seen.has(problem.key) || (problem.why === MISSING && meant.has(problem.key))) return [];
    seen.add(problem.key);
    const name = misspelt.get(problem.key);
    return [name === undefined ? problem : { ...problem, remedy: `did you mean ${name}?` }];
  });
}

function keysOf(value: unknown): readonly string[] {
  return isMap(value) ? Object.keys(value) : [];
}

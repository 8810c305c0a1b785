/**
 * Reads a configuration's shape: keys and types, section by section, node by node, VIP by VIP. What is well-formed goes
 * on to the rules even when something beside it is not, so that one run names everything.
 */
import type { z } from "zod";
import { electorate, type Member } from "../plan/priorities.ts";
import type { WrittenCheck } from "./checkFields.ts";
import { explain, isMap, type KeyPath, unknownKey } from "./explain.ts";
import type { Problem } from "./problem.ts";
import {
  type DefaultsConfig,
  type NetworkConfig,
  type NodeConfig,
  type ServiceConfig,
  type SshConfig,
  type StackConfig,
  stackSchema,
  type VipConfig,
} from "./schema.ts";

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
}

/** The whole configuration, once nothing in it is misshapen; undefined when a part is missing. */
export function wholeOf(draft: Draft): StackConfig | undefined {
  const { network, ssh, defaults, peerLink, nodes, vips, checks, services, ...rest } = draft;
  if (network === undefined || ssh === undefined || defaults === undefined || peerLink === undefined) return undefined;
  return {
    ...rest,
    network,
    ssh,
    defaults,
    peerLink,
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
  /** Keys at the top. */
  readonly sections: readonly string[];
}

/** What was read and what was wrong. */
export interface Shape {
  readonly draft: Draft;
  readonly written: WrittenNames;
  readonly problems: readonly Problem[];
}

/** Reads the shape of a configuration. @param raw the keys below the namespace */
export function readShape(raw: Readonly<Record<string, unknown>>): Shape {
  const problems: Problem[] = [];
  const { shape } = stackSchema;
  const read = <Value>(schema: z.ZodType<Value>, value: unknown, at: KeyPath): Value | undefined => {
    const strict = schema.safeParse(value);
    if (strict.success) return strict.data;
    problems.push(...strict.error.issues.flatMap((issue) => explain(issue, stackSchema, raw, at)));
    const again = schema.safeParse(withoutUnknownKeys(value, strict.error.issues));
    return again.success ? again.data : undefined;
  };
  const readEach = <Value>(
    schema: z.ZodType<Value>,
    section: "nodes" | "vips" | "checks",
  ): ReadonlyMap<string, Value> => {
    const map = raw[section];
    const entries = isMap(map) ? Object.entries(map) : [];
    // Nothing, or no map: the section's own schema says whether it may be so. A map's entries are read one by one.
    if (entries.length === 0) read<unknown>(shape[section], map, [section]);
    return new Map(
      entries.flatMap(([name, value]) => {
        const entry = read(schema, value, [section, name]);
        return entry === undefined ? [] : [[name, entry] as const];
      }),
    );
  };

  for (const key of Object.keys(raw)) {
    if (!(key in shape)) problems.push(unknownKey(stackSchema, [key]));
  }
  const draft: Draft = {
    network: read(shape.network, raw["network"], ["network"]),
    ssh: read(shape.ssh, raw["ssh"], ["ssh"]),
    ovh: read(shape.ovh, raw["ovh"], ["ovh"]),
    openstack: read(shape.openstack, raw["openstack"], ["openstack"]),
    allowPlainHttp: read(shape.allowPlainHttp, raw["allowPlainHttp"], ["allowPlainHttp"]) ?? false,
    defaults: read(shape.defaults, raw["defaults"], ["defaults"]),
    nodes: readEach(shape.nodes.valueType, "nodes"),
    vips: readEach(shape.vips.valueType, "vips"),
    agentKeys: read(shape.agentKeys, raw["agentKeys"], ["agentKeys"]),
    syncGroups: read(shape.syncGroups, raw["syncGroups"], ["syncGroups"]) ?? {},
    checks: readEach(shape.checks.unwrap().valueType, "checks"),
    states: read(shape.states, raw["states"], ["states"]),
    peerLink: read(shape.peerLink, raw["peerLink"], ["peerLink"]),
    logFacility: read(shape.logFacility, raw["logFacility"], ["logFacility"]),
    metrics: read(shape.metrics, raw["metrics"], ["metrics"]),
    services: read(shape.services, raw["services"], ["services"]) ?? [],
  };
  const written = {
    nodes: keysOf(raw["nodes"]),
    vips: keysOf(raw["vips"]),
    checks: keysOf(raw["checks"]),
    sections: Object.keys(raw),
  };
  return { draft, written, problems };
}

/** A copy without the keys that the schema does not know: the rest may still be checked. */
function withoutUnknownKeys(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const holder = issue.path.reduce<unknown>((inner, key) => (isMap(inner) ? inner[String(key)] : undefined), copy);
    if (isMap(holder)) for (const key of issue.keys) Reflect.deleteProperty(holder, key);
  }
  return copy;
}

function keysOf(value: unknown): readonly string[] {
  return isMap(value) ? Object.keys(value) : [];
}

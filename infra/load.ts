/** Reads and checks a stack's whole configuration: all of it, before anything is declared. */
import { planCluster } from "./plan/cluster.ts";
import { cloudRules } from "./rules/clouds.ts";
import { documentRules } from "./rules/documents.ts";
import { agentKeyRules } from "./rules/election/agentKeys.ts";
import { demotionRules } from "./rules/election/demotions.ts";
import { electionRules } from "./rules/election/elections.ts";
import { protocolRules } from "./rules/election/protocols.ts";
import { syncGroupRules } from "./rules/election/syncGroups.ts";
import { trackingRules } from "./rules/election/tracking.ts";
import { addressRules } from "./rules/network/addresses.ts";
import { networkRules, sourceRules } from "./rules/network/network.ts";
import { outsideAddressRules } from "./rules/network/outsideAddresses.ts";
import { publicAddressRules } from "./rules/network/publicAddresses.ts";
import { publicRules } from "./rules/network/reach.ts";
import { birthRules, nameRules } from "./rules/nodes.ts";
import { clearTextRules } from "./rules/secrets.ts";
import { portRules, serviceRules } from "./rules/services.ts";
import { NAMESPACE } from "./schema/explain.ts";
import { ConfigError, type Problem } from "./schema/problem.ts";
import type { StackConfig } from "./schema/schema.ts";
import { withCertificates } from "./stackFile/certificates.ts";
import { readEncryption } from "./stackFile/encryption.ts";
import { parseValue } from "./stackFile/parseValue.ts";
import { caSource, withProviderDefaults } from "./stackFile/providerDefaults.ts";
import { rawLimits } from "./stackFile/rawLimits.ts";
import type { AgentRelease } from "./stackFile/release.ts";
import { readShape, wholeOf } from "./stackFile/shape.ts";
import { type ReadText, readSshAccess, type SshAccess } from "./stackFile/sshAccess.ts";
import type { SecretTexts } from "./values/secretTexts.ts";

/** Where a configuration comes from. */
export interface ConfigSource {
  /** Project and stack, as they stand before the names of what the stack owns in the cloud. */
  readonly project: string;
  readonly stack: string;
  /** Pulumi's configuration map: `vip-failover:nodes` and the like, objects as JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys of the map that hold something encrypted; undefined when that is not known. */
  readonly secretKeys: readonly string[] | undefined;
  /** Text of the stack's file, which says what in such a key is encrypted; undefined when it is not at hand. */
  readonly stackFile?: string | undefined;
  /** The program's environment, as far as providers read it. Default: an empty one. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly readText: ReadText;
  readonly readRelease: () => AgentRelease | Problem;
}

/** A configuration that was found good. */
export interface CheckedConfig {
  /** Stands before the name of everything the stack owns in the cloud, so that two stacks can share a project. */
  readonly prefix: string;
  readonly stack: StackConfig;
  readonly ssh: SshAccess;
  readonly release: AgentRelease;
  /** What was encrypted in the stack's file. */
  readonly secretTexts: SecretTexts;
}

/**
 * Loads a stack's configuration.
 * @throws ConfigError with every problem there is
 */
export function loadConfig(source: ConfigSource): CheckedConfig {
  const prefix = `${source.project}-${source.stack}`;
  const own = ownKeys(source.values);
  const limit = rawLimits(own);
  if (limit !== undefined) throw new ConfigError(source.stack, [limit]);
  const { standingOf, secretTexts } = readEncryption(source);
  const refuse = (problems: readonly Problem[]): never => {
    throw new ConfigError(
      source.stack,
      problems.map((problem) => redacted(problem, secretTexts)),
    );
  };
  const completed = withProviderDefaults(own, source);
  const { raw, problems: unreadable } = withCertificates(completed, source.readText, caSource(own, source));
  const { draft, written, problems: misshapen } = readShape(raw, Object.keys(own));
  const problems: Problem[] = [
    ...misshapen,
    ...unreadable,
    ...nameRules(written, prefix, source.stack),
    ...networkRules(draft),
    ...sourceRules(draft),
    ...addressRules(draft),
    ...outsideAddressRules(draft),
    ...electionRules(draft, written),
    ...protocolRules(draft),
    ...agentKeyRules(draft),
    ...syncGroupRules(draft, written),
    ...trackingRules(draft, written),
    ...demotionRules(draft, written),
    ...clearTextRules(draft, standingOf),
    ...birthRules(draft),
    ...publicRules(draft),
    ...publicAddressRules(draft),
    ...cloudRules(draft, source),
    ...portRules(draft),
    ...serviceRules(draft),
  ];
  const ssh = draft.ssh && readSshAccess(draft.ssh, source.readText);
  problems.push(...(ssh?.problems ?? []));
  const release = source.readRelease();
  if ("why" in release) problems.push(release);
  const stack = wholeOf(draft);
  if (problems.length > 0 || ssh?.access === undefined || stack === undefined || "why" in release) {
    return refuse(firstOfEach(problems));
  }
  const refused = documentRules(planCluster(stack, prefix, ssh.access.hostKeySeed));
  if (refused.length > 0) return refuse(refused);
  return { prefix, stack, ssh: ssh.access, release, secretTexts };
}

/** The problem without what is secret, which any part of it may quote but its key. */
function redacted({ key, value, why, remedy }: Problem, secretTexts: SecretTexts): Problem {
  return {
    key,
    ...(value === undefined ? {} : { value: secretTexts.redactValue(value) }),
    why: secretTexts.redact(why),
    remedy: secretTexts.redact(remedy),
  };
}

/** What is wrong with a value in two ways is mended in the first, and looked at again. */
function firstOfEach(problems: readonly Problem[]): readonly Problem[] {
  const firsts = new Map(problems.toReversed().map((problem) => [problem.key, problem]));
  return problems.filter((problem) => firsts.get(problem.key) === problem);
}

/** The keys of our own namespace, parsed; the rest belongs to providers and to Pulumi. */
function ownKeys(values: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const prefix = `${NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), parseValue(text)]),
  );
}

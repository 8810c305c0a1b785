/** Runs the program against mocks and keeps what it registered: inputs, and the options that mocks do not show. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { EdgeCluster } from "../../infra/components/edgeCluster.ts";
import type { CheckedConfig } from "../../infra/load.ts";
import { planCluster } from "../../infra/plan/cluster.ts";

/** One registration. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Name of the parent; undefined for a child of the stack. */
  readonly parent: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of what it waits for, sorted. */
  readonly dependencies: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly additionalSecretOutputs: readonly string[];
  /** Paths of inputs that are secret, such as `connection.privateKey`. */
  readonly secretInputs: readonly string[];
}

/** A finished run. */
export interface RecordedGraph {
  readonly resources: readonly Registered[];
  readonly outputs: { readonly vips: unknown; readonly nodes: unknown; readonly agent: unknown };
  /** The registrations of a type, `networking/port:Port` for short. */
  ofType(suffix: string): readonly Registered[];
  /** The one registration of a name and type. */
  one(suffix: string, name: string): Registered;
}

/** What the mocked cloud answers beside what it was sent; it may throw. Look-ups have a token and no name. */
export type CloudAnswer = (type: string, name: string) => Readonly<Record<string, unknown>>;

/** How the wire marks a secret: this key with this value (pulumi's sdk/proto, "special signatures"). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Declares a cluster and waits until everything is registered. */
export async function recordCluster(config: CheckedConfig, answer: CloudAnswer = () => ({})): Promise<RecordedGraph> {
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const sent = inputs as Readonly<Record<string, unknown>>;
        return { id: `${name}-id`, state: { ...sent, ...cloudState(type, name, sent), ...answer(type, name) } };
      },
      call: ({ token, inputs }) => {
        const sent = inputs as Readonly<Record<string, unknown>>;
        return { ...sent, id: `${token.split("/").at(-1) ?? token}-id`, ...answer(token, "") };
      },
    },
    "vip-failover",
    "test",
  );
  record(resources);
  const plan = planCluster(config.stack, config.prefix, config.ssh.hostKeySeed, config.secretTexts);
  const cluster = new EdgeCluster("cluster", { ...config, plan });
  const [vips, nodes, agent] = await Promise.all([
    valueOf(cluster.vips),
    valueOf(cluster.nodes),
    valueOf(cluster.agent),
  ]);
  await pulumi.runtime.disconnect();
  const ofType = (suffix: string) => resources.filter(({ type }) => type.endsWith(suffix));
  return {
    resources,
    outputs: { vips, nodes, agent },
    ofType,
    one: (suffix, name) => {
      const [found, ...others] = ofType(suffix).filter((resource) => resource.name === name);
      if (found === undefined || others.length > 0) throw new Error(`not exactly one ${suffix} named ${name}`);
      return found;
    },
  };
}

/** The value of an output once it is there. */
function valueOf<Value>(output: pulumi.Output<Value>): Promise<unknown> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** What only a cloud can say. */
function cloudState(
  type: string,
  name: string,
  sent: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  switch (type) {
    case "openstack:networking/floatingIp:FloatingIp":
      return { address: FLOATING_IPS[name] ?? `public-of-${name}` };
    case "openstack:networking/port:Port":
      return name.endsWith("-public-port")
        ? { allFixedIps: ["2001:db8::1", `203.0.113.10${/\d/.exec(name)?.[0]}`] }
        : {};
    case "ovh:Me/aPIOAuth2Client:APIOAuth2Client":
      return {
        clientId: "EU.made",
        clientSecret: "made secret",
        identity: "urn:v1:eu:identity:credential:xx/oauth2-EU.made",
      };
    case "pulumi:index:Stash":
      return { output: sent["input"] };
    default:
      return {};
  }
}

/** Where an agent's document has the address, it must be one. */
const FLOATING_IPS: Readonly<Record<string, string>> = { "cluster-vip-moved-public": "203.0.113.150" };

/** The parts of a registration's wire message that are read here. */
interface RegistrationRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getDeletebeforereplace(): boolean;
  getAdditionalsecretoutputsList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

type Reply = (error: unknown, response: { getUrn(): string } | undefined) => void;

/** Listens to the monitor that `setMocks` has just made: what a program sends is more than what mocks are shown. */
function record(resources: Registered[]): void {
  const monitor = pulumi.runtime.getMonitor() as unknown;
  if (!(monitor instanceof MockMonitor)) throw new Error("the monitor is not the mock");
  const register = monitor.registerResource.bind(monitor) as (request: RegistrationRequest, reply: Reply) => void;
  Reflect.set(monitor, "registerResource", (request: RegistrationRequest, reply: Reply) => {
    const inputs = request.getObject()?.toJavaScript() ?? {};
    register(request, (error, response) => {
      resources.push({
        type: request.getType(),
        name: request.getName(),
        urn: response?.getUrn() ?? "",
        parent: nameIn(request.getParent()),
        inputs: revealed(inputs) as Record<string, unknown>,
        dependencies: request
          .getDependenciesList()
          .map((urn) => nameIn(urn) ?? "")
          .sort(),
        ignoreChanges: request.getIgnorechangesList(),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        secretInputs: secretPaths(inputs),
      });
      reply(error, response);
    });
  });
}

function nameIn(urn: string): string | undefined {
  return urn === "" || urn.includes("pulumi:pulumi:Stack") ? undefined : urn.split("::").at(-1);
}

function isSecret(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && Reflect.get(value, SIGNATURE) === SECRET;
}

function revealed(value: unknown): unknown {
  if (isSecret(value)) return revealed(value.value);
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

function secretPaths(value: unknown, path = ""): string[] {
  if (isSecret(value)) return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => secretPaths(inner, path === "" ? key : `${path}.${key}`));
}

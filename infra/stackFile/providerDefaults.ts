/** What a stack need not say twice: the providers' own configuration completes ours. */
import { PROJECT_ID } from "../schema/cloudSchema.ts";
import { isMap } from "../schema/explain.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Where the providers look for what the stack does not say. */
export interface ProviderSettings {
  /** Pulumi's configuration map. */
  readonly values: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The keys below our namespace, with what is missing in `ovh` and `openstack` taken from the providers' own keys. */
export function withProviderDefaults(raw: Raw, { values, environment = {} }: ProviderSettings): Raw {
  const project = [
    values["openstack:tenantId"],
    environment["OS_PROJECT_ID"],
    environment["OS_TENANT_ID"],
    environment["OVH_CLOUD_PROJECT_SERVICE"],
  ].find((id) => id !== undefined && PROJECT_ID.test(id));
  const region = values["openstack:region"] ?? environment["OS_REGION_NAME"];
  const network = raw["network"];
  const onVrack = isMap(network) && network["vrack"] !== undefined;
  return {
    ...raw,
    ...completed(raw, "ovh", onVrack, {
      endpoint: values["ovh:endpoint"] ?? environment["OVH_ENDPOINT"],
      project,
      region,
    }),
    ...completed(raw, "openstack", false, {
      authUrl: values["openstack:authUrl"] ?? environment["OS_AUTH_URL"],
      region,
      ...caOf(raw["openstack"], values["openstack:cacertFile"] ?? environment["OS_CACERT"]),
    }),
  };
}

/** The provider's setting that `openstack.caFile` is from; undefined where the section says itself what is trusted. */
export function caSource(raw: Raw, { values }: ProviderSettings): string | undefined {
  const section = raw["openstack"];
  if (isMap(section) && (section["ca"] !== undefined || section["caFile"] !== undefined)) return undefined;
  return values["openstack:cacertFile"] === undefined ? "OS_CACERT" : "openstack:cacertFile";
}

/** What the provider trusts, unless the section says what the agents do. */
function caOf(section: unknown, caFile: string | undefined): Readonly<Record<string, string | undefined>> {
  return isMap(section) && section["ca"] !== undefined ? {} : { caFile };
}

function completed(
  raw: Raw,
  section: string,
  needed: boolean,
  defaults: Readonly<Record<string, string | undefined>>,
): Raw {
  const written = raw[section] ?? (needed ? {} : undefined);
  if (!isMap(written)) return {};
  const known = Object.entries(defaults).filter(([, value]) => value !== undefined && value !== "");
  return { [section]: { ...Object.fromEntries(known), ...written } };
}

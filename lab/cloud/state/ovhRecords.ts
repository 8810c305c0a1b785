/** What the cloud's state keeps of OVH: failover IPs, the vRack, and who may call the API. Times are milliseconds since the epoch. */
import { z } from "zod";

const failoverIp = z.strictObject({
  id: z.string(),
  address: z.string(),
  /** The instance the API names, which may be gone; null: never attached. */
  routedTo: z.string().nullable(),
  /** The instance that packets reach: changes at the end of a move. */
  reaches: z.string().nullable(),
  /** A move under way. */
  move: z.strictObject({ to: z.string(), since: z.number() }).nullable(),
  /** Whom `routedTo` named before the last move began, for answers that come late. */
  previous: z.string().nullable(),
});

const vrack = z.strictObject({
  /** Such as `pn-100042`. */
  name: z.string(),
  /** Whether the project is in it. */
  hasProject: z.boolean(),
  task: z.strictObject({ id: z.int(), kind: z.enum(["attach", "detach"]), since: z.number() }).nullable(),
});

const accessRule = z.strictObject({ method: z.enum(["GET", "POST", "PUT", "DELETE"]), path: z.string() });

/** A consumer key with the application that it is for. */
const signatureCredential = z.strictObject({
  id: z.int(),
  applicationKey: z.string(),
  consumerKey: z.string(),
  rules: z.array(accessRule),
  status: z.enum(["pendingValidation", "validated", "expired"]),
  createdAt: z.number(),
});

const application = z.strictObject({ key: z.string(), secret: z.string(), name: z.string() });

const oauth2Client = z.strictObject({
  clientId: z.string(),
  clientSecret: z.string(),
  name: z.string(),
  description: z.string(),
  callbackUrls: z.array(z.string()),
  createdAt: z.number(),
  revoked: z.boolean(),
});

/** A condition of a policy: a comparison, or several of them joined. */
export interface PolicyCondition {
  operator: "MATCH" | "AND" | "OR" | "NOT";
  values?: Record<string, string> | undefined;
  conditions?: PolicyCondition[] | undefined;
}

export const policyCondition: z.ZodType<PolicyCondition> = z.lazy(() =>
  z.strictObject({
    operator: z.enum(["MATCH", "AND", "OR", "NOT"]),
    values: z.record(z.string(), z.string()).optional(),
    conditions: z.array(policyCondition).optional(),
  }),
);

const actions = z.array(z.string());

const policy = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  identities: z.array(z.string()),
  resources: z.array(z.string()),
  allow: actions,
  except: actions,
  deny: actions,
  conditions: policyCondition.nullable(),
  expiredAt: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
});

const operation = z.strictObject({
  id: z.string(),
  action: z.string(),
  resourceId: z.string().nullable(),
  startedAt: z.number(),
  completesAt: z.number(),
});

export const ovhRecords = z.strictObject({
  /** The last number given to a task or a credential. */
  lastNumber: z.int(),
  failoverIps: z.array(failoverIp),
  vrack: vrack.nullable(),
  applications: z.array(application),
  credentials: z.array(signatureCredential),
  oauth2Clients: z.array(oauth2Client),
  policies: z.array(policy),
  operations: z.array(operation),
});

export type OvhRecords = z.infer<typeof ovhRecords>;

export type FailoverIp = z.infer<typeof failoverIp>;
export type AccessRule = z.infer<typeof accessRule>;

export type Application = z.infer<typeof application>;
export type SignatureCredential = z.infer<typeof signatureCredential>;

export type OAuth2Client = z.infer<typeof oauth2Client>;
export type Policy = z.infer<typeof policy>;

export type Operation = z.infer<typeof operation>;

/** A region in which nothing of OVH is known yet. */
export function noOvhRecords(): OvhRecords {
  return {
    lastNumber: 1000,
    failoverIps: [],
    vrack: null,
    applications: [],
    credentials: [],
    oauth2Clients: [],
    policies: [],
    operations: [],
  };
}

/** A number that no task and no credential has. */
export function nextNumber(records: OvhRecords): number {
  records.lastNumber += 1;
  return records.lastNumber;
}

export const accessRules = z.array(accessRule).min(1);

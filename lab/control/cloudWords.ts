/** What the control socket offers of the lab's cloud: faults of its APIs, and OVH's double in hand. */
import { z } from "zod";
import { ovhBehaviour } from "../cloud/ovh/context/behaviour.ts";
import { accessRules } from "../cloud/state/ovhRecords.ts";

/** A misbehaviour; see FaultRule in lab/cloud/http/faults.ts. */
export const cloudFault = z.strictObject({
  method: z.string().exactOptional(),
  /** A regular expression that the path matches, such as `/ip/failover`. */
  path: z.string().min(1),
  delayMs: z.number().nonnegative().exactOptional(),
  status: z.int().min(200).max(599).exactOptional(),
  body: z.union([z.string(), z.record(z.string(), z.unknown())]).exactOptional(),
  headers: z.record(z.string(), z.string()).exactOptional(),
  timing: z.enum(["instead", "after"]).exactOptional(),
  outcome: z.enum(["never", "reset"]).exactOptional(),
  times: z.int().positive().exactOptional(),
  forMs: z.number().positive().exactOptional(),
});

/** Absent keys stay as they are. */
export const ovhAdjustment = ovhBehaviour.exactPartial();

export const keyRequest = z.strictObject({ name: z.string(), rules: accessRules });

export const ovhKey = z.strictObject({
  credential: z.string(),
  applicationKey: z.string(),
  applicationSecret: z.string(),
  consumerKey: z.string(),
});

export const requestCount = z.strictObject({
  credential: z.string(),
  source: z.string(),
  total: z.int(),
  refused: z.int(),
  busiestMinute: z.int(),
  calls: z.record(z.string(), z.int()),
});

export const ovhStatus = z.strictObject({
  projectId: z.string(),
  vrack: z.strictObject({ name: z.string(), hasProject: z.boolean() }).nullable(),
  behaviour: ovhBehaviour,
  failoverIps: z.array(
    z.strictObject({
      id: z.string(),
      address: z.string(),
      /** Names or ids of servers. `reaches` is where packets go. */
      routedTo: z.string().nullable(),
      reaches: z.string().nullable(),
      movingTo: z.string().nullable(),
    }),
  ),
  requests: z.array(requestCount),
});

export const reachability = z.strictObject({ reachable: z.boolean() });

export type CloudFault = z.infer<typeof cloudFault>;

export type OvhAdjustment = z.infer<typeof ovhAdjustment>;
export type KeyRequest = z.infer<typeof keyRequest>;

export type OvhKey = z.infer<typeof ovhKey>;
export type OvhStatus = z.infer<typeof ovhStatus>;

/** What one can do to a running lab's cloud. */
export interface CloudControl {
  /** Puts a fault in force, after those that are. */
  fail(fault: CloudFault): Promise<void>;
  /** Takes all faults off, makes OVH behave as usual, and the APIs reachable. */
  heal(): Promise<void>;
  /** Whether servers can connect to the APIs at all; if not, their connections are refused. */
  setReachable(reachable: boolean): Promise<void>;
  ovh(): Promise<OvhStatus>;
  adjustOvh(adjustment: OvhAdjustment): Promise<void>;
  /** Makes an application and a consumer key that is valid. */
  makeOvhKey(request: KeyRequest): Promise<OvhKey>;
  /** A credential is a consumer key by its number or a service account by its client id, never a secret. */
  revokeOvhCredential(credential: string): Promise<void>;
  validateOvhCredential(credential: string): Promise<void>;
  forgetOvhRequests(): Promise<void>;
}

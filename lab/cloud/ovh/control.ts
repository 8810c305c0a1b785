/** What drills and tests do to OVH's double from outside of its API. */
import { randomBytes } from "node:crypto";
import { UserError } from "../../../toolchain/userError.ts";
import type { AccessRule } from "../state/ovhRecords.ts";
import type { Store } from "../state/store.ts";
import { addCredential } from "./access/auth.ts";
import type { OvhBehaviour } from "./context/behaviour.ts";
import type { OvhService } from "./context/context.ts";
import type { RequestCount } from "./context/requestCounts.ts";

/** A new application with a consumer key that is valid. */
export interface OvhKey {
  /** How counts and `revoke` name it. */
  readonly credential: string;
  readonly applicationKey: string;
  readonly applicationSecret: string;
  readonly consumerKey: string;
}

/** The double as its operator has it in hand. */
export interface OvhControl {
  readonly behaviour: OvhBehaviour;
  adjust(change: Partial<OvhBehaviour>): void;
  /** Makes an application and a consumer key with these rules, as a person would on OVH's page. */
  makeKey(name: string, rules: readonly AccessRule[]): Promise<OvhKey>;
  /** Says yes to a consumer key that was asked for over the API. @throws UserError when it is not known */
  validate(credential: string): Promise<void>;
  /** Makes a consumer key (by its number) or a service account (by its client id) invalid. @throws UserError */
  revoke(credential: string): Promise<void>;
  requestCounts(): readonly RequestCount[];
  forgetRequestCounts(): void;
}

/** The control of a double over the state of a cloud. */
export function createOvhControl(store: Store, ovh: OvhService, now: () => number): OvhControl {
  const setStatus = async (credential: string, status: "validated" | "expired"): Promise<void> => {
    await store.change(({ ovh: records }) => {
      const key = records.credentials.find(({ id }) => String(id) === credential);
      const client = records.oauth2Clients.find(({ clientId }) => clientId === credential);
      if (key !== undefined) key.status = status;
      else if (client !== undefined) client.revoked = status === "expired";
      else
        throw new UserError(
          `OVH's double knows no credential "${credential}"`,
          `use the number of a consumer key or a client id: ${records.credentials.map(({ id }) => id).join(", ")}`,
        );
    });
  };
  return {
    get behaviour() {
      return ovh.behaviour;
    },
    adjust: (change) => {
      ovh.adjust(change);
    },
    makeKey: (name, rules) =>
      store.change((draft) => {
        const application = { key: randomBytes(8).toString("hex"), secret: randomBytes(16).toString("hex"), name };
        draft.ovh.applications.push(application);
        const asked = { applicationKey: application.key, rules, validated: true, now: now() };
        const { id, consumerKey } = addCredential(draft, asked);
        return {
          credential: String(id),
          applicationKey: application.key,
          applicationSecret: application.secret,
          consumerKey,
        };
      }),
    validate: (credential) => setStatus(credential, "validated"),
    revoke: (credential) => setStatus(credential, "expired"),
    requestCounts: () => ovh.counts.read(),
    forgetRequestCounts: () => {
      ovh.counts.forget();
    },
  };
}

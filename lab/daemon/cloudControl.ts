/** The control of a running lab's cloud: its faults and OVH's double behind the words of the control socket. */
import { messageOf } from "../../toolchain/messageOf.ts";
import { UserError } from "../../toolchain/userError.ts";
import type { Cloud } from "../cloud/cloud.ts";
import type { FaultRule } from "../cloud/http/faults.ts";
import { USUAL_BEHAVIOUR } from "../cloud/ovh/context/behaviour.ts";
import { type CloudView, findById } from "../cloud/state/state.ts";
import type { CloudControl, CloudFault, OvhStatus } from "../control/cloudWords.ts";
import type { ApiDoorway } from "./apiDoorway.ts";
import type { LabCloud } from "./labCloud.ts";

/** The control. OVH's part needs the doubles. */
export function cloudControlOf(cloud: Pick<LabCloud, "faults" | "doubles">, doorway: ApiDoorway): CloudControl {
  const { faults } = cloud;
  const now = (work: () => void): Promise<void> => {
    work();
    return Promise.resolve();
  };
  const heal = async (): Promise<void> => {
    faults.clear();
    cloud.doubles?.ovh.adjust(USUAL_BEHAVIOUR);
    await doorway.setOpen(true);
  };
  const general = {
    fail: (fault: CloudFault) => now(() => faults.add(ruleOf(fault))),
    heal,
    setReachable: (reachable: boolean) => doorway.setOpen(reachable),
  };
  return { ...general, ...(cloud.doubles === undefined ? NO_OVH : ovhControlOf(cloud.doubles)) };
}

type OvhPart = Omit<CloudControl, "fail" | "heal" | "setReachable">;

function ovhControlOf(cloud: Cloud): OvhPart {
  const { ovh } = cloud;
  const now = (work: () => void): Promise<void> => {
    work();
    return Promise.resolve();
  };
  return {
    ovh: () => Promise.resolve(statusOf(cloud)),
    adjustOvh: (adjustment) =>
      now(() => {
        ovh.adjust(adjustment);
      }),
    makeOvhKey: ({ name, rules }) => ovh.makeKey(name, rules),
    revokeOvhCredential: (credential) => ovh.revoke(credential),
    validateOvhCredential: (credential) => ovh.validate(credential),
    forgetOvhRequests: () =>
      now(() => {
        ovh.forgetRequestCounts();
      }),
  };
}

const refuseOvh = (): Promise<never> =>
  Promise.reject(
    new UserError(
      "this lab's cloud is a real OpenStack, which has nothing of OVH's",
      "use the lab on the doubles: leave out --cloud openstack",
    ),
  );
const NO_OVH: OvhPart = {
  ovh: refuseOvh,
  adjustOvh: refuseOvh,
  makeOvhKey: refuseOvh,
  revokeOvhCredential: refuseOvh,
  validateOvhCredential: refuseOvh,
  forgetOvhRequests: refuseOvh,
};

function ruleOf({ path, ...fault }: CloudFault): FaultRule {
  return { ...fault, path: expressionOf(path) };
}

function expressionOf(path: string): RegExp {
  try {
    return new RegExp(path);
  } catch (error) {
    throw new UserError(
      `the path "${path}" is no regular expression: ${messageOf(error)}`,
      "write it as in JavaScript, such as /ip/failover/[^/]+/attach$",
      { cause: error },
    );
  }
}

function statusOf(cloud: Cloud): OvhStatus {
  const { ovh } = cloud;
  const state = cloud.snapshot();
  const { vrack, failoverIps } = state.ovh;
  return {
    projectId: state.projectId,
    vrack: vrack === null ? null : { name: vrack.name, hasProject: vrack.hasProject },
    behaviour: ovh.behaviour,
    failoverIps: failoverIps.map(({ id, address, routedTo, reaches, move }) => ({
      id,
      address,
      routedTo: nameOf(state, routedTo),
      reaches: nameOf(state, reaches),
      movingTo: nameOf(state, move?.to ?? null),
    })),
    requests: [...ovh.requestCounts()],
  };
}

/** The name of a server that is there, the id of one that is gone. */
function nameOf(state: CloudView, id: string | null): string | null {
  return id === null ? null : (findById(state.servers, id)?.name ?? id);
}

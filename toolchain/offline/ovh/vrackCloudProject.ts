// ovh:Vrack/cloudProject:CloudProject: a Public Cloud project in a vRack.
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { unlessGone } from "./api.ts";
import { type Operation, resourceType } from "./resourceType.ts";

const inputs = z.object({ serviceName: z.string().min(1), projectId: z.string().min(1) });
const attachment = z.object({ vrack: z.string(), project: z.string() });
const task = z.object({ id: z.number(), status: z.string() });

/** Between two looks at a task; the official plugin waits ten seconds before its first. */
const TASK_POLL_MS = 1000;
/** Any other state of a task is not waited out. */
const PENDING: readonly string[] = ["init", "todo", "doing"];

/** Nothing about it can change; deleting it takes the project out of the vRack. */
export const vrackCloudProject = resourceType<z.infer<typeof inputs>>({
  inputs,
  variables: { serviceName: "OVH_VRACK_SERVICE", projectId: "OVH_CLOUD_PROJECT_SERVICE" },
  replaceOn: ["serviceName", "projectId"],
  outputs: [],
  create: async ({ serviceName, projectId }, operation) => {
    const path = `/vrack/${serviceName}/cloudProject`;
    const begun = await operation.api.call("POST", path, operation.signal, { project: projectId });
    await finish(serviceName, begun, operation);
    const id = `vrack_${serviceName}-cloudproject_${projectId}`;
    return { id, state: { serviceName, projectId } };
  },
  read: async (id, known, { api, signal }) => {
    const { serviceName, projectId } = whereabouts(id, known);
    const found = await unlessGone(api.call("GET", `/vrack/${serviceName}/cloudProject/${projectId}`, signal));
    if (found === undefined) return undefined;
    const { vrack, project } = attachment.parse(found);
    return { serviceName: vrack, projectId: project };
  },
  update: () => Promise.reject(new Error("ovh.vrack.CloudProject has no update: any change replaces it")),
  remove: async (id, known, operation) => {
    const { serviceName, projectId } = whereabouts(id, known);
    const path = `/vrack/${serviceName}/cloudProject/${projectId}`;
    const begun = await unlessGone(operation.api.call("DELETE", path, operation.signal));
    if (begun !== undefined) await finish(serviceName, begun, operation);
  },
});

/** Of the state, or when it is imported of the id that was given: `pn-1/PROJECT`. */
function whereabouts(id: string, known: object): z.infer<typeof inputs> {
  const remembered = inputs.safeParse(known);
  if (remembered.success) return remembered.data;
  const [serviceName, projectId] = id.split("/");
  return inputs.parse({ serviceName, projectId });
}

/** Waits until the task is over: the API then knows it no more. */
async function finish(serviceName: string, begun: unknown, { api, signal }: Operation): Promise<void> {
  const { id } = task.parse(begun);
  for (;;) {
    const found = await unlessGone(api.call("GET", `/vrack/${serviceName}/task/${id}`, signal));
    if (found === undefined) return;
    const { status } = task.parse(found);
    if (!PENDING.includes(status)) throw new Error(`task ${id} of vRack ${serviceName} ended in the state "${status}"`);
    await delay(TASK_POLL_MS, undefined, { signal });
  }
}

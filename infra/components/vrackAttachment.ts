/** A Public Cloud project's place in a vRack. */
import * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import type { SecretTexts } from "../values/secretTexts.ts";

/** Arguments of an attachment. */
export interface VrackAttachmentArgs {
  /** `pn-123456`. */
  readonly vrack: string;
  /** The project, 32 hexadecimal digits. */
  readonly project: string;
  /** What no message may show. */
  readonly secretTexts: SecretTexts;
}

/**
 * The project is in the vRack: it was already, or is attached. Deleting the provider's resource takes the whole project out
 * of the vRack, with whatever else it has there, so there is one only where this stack has attached the project itself.
 * Whether it has is settled at the first `up` and kept in the state: later on the look-up finds the project attached either way.
 */
export class VrackAttachment extends pulumi.ComponentResource {
  /** What networks of the vRack wait for. */
  readonly made: pulumi.Output<readonly pulumi.Resource[]>;

  constructor(name: string, args: VrackAttachmentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:VrackAttachment", name, {}, opts);
    const { vrack, project, secretTexts } = args;
    const foundUnattached = currentVrack(project, this).then((current) => {
      if (current !== undefined && current !== vrack) {
        const message =
          `project ${project} is in vRack ${current}, and network.vrack says ${vrack}: a project is in one vRack. ` +
          `Write vrack: ${current}, or move the project in OVH's control panel.`;
        throw new pulumi.RunError(secretTexts.redact(message));
      }
      return current === undefined;
    });
    const ours = new pulumi.Stash(
      `${name}-ours`,
      { input: foundUnattached },
      // The first answer counts; every later one is that it is attached.
      { parent: this, ignoreChanges: ["input"] },
    );
    this.made = ours.output.apply((isOurs: unknown) =>
      isOurs === true
        ? [new ovh.vrack.CloudProject(name, { serviceName: vrack, projectId: project }, { parent: this })]
        : [],
    );
    this.registerOutputs({});
  }
}

/** The vRack that a project is in; undefined when it is in none, which OVH answers with a 404. */
async function currentVrack(project: string, parent: pulumi.Resource): Promise<string | undefined> {
  try {
    const { id } = await ovh.cloudproject.getVRack({ serviceName: project }, { parent });
    return id;
  } catch (error) {
    if (error instanceof Error && /status code 404\b/.test(error.message)) return undefined;
    throw error;
  }
}

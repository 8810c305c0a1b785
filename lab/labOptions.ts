/** The options by which every command of the lab is told which lab it is about. */
import { Option } from "commander";
import { type CloudKind, cloudKinds } from "./settings/settings.ts";

export interface LabChoice {
  readonly lab: string;
  readonly cloud: CloudKind;
}

export const LAB_OPTION = new Option("--lab <name>", "which lab").default("local");
export const CLOUD_OPTION = new Option("--cloud <kind>", "doubles of the APIs, or a real OpenStack")
  .choices(cloudKinds)
  .default("doubles");

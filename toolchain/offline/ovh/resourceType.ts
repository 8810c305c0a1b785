// What a resource type of the OVH provider is: its inputs, what replaces it, and its calls.
import type { z } from "zod";
import type { WireObject, WireValue } from "../wireValues.ts";
import type { OvhApi } from "./api.ts";

/** What an operation works with. */
export interface Operation {
  readonly api: OvhApi;
  readonly signal: AbortSignal;
}

/** A resource type by its parsed inputs, in the open. */
export interface ResourceDefinition<Inputs extends object> {
  readonly inputs: z.ZodType<Inputs>;
  /** By the input's name, the variable that stands for it when the program does not give it. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Inputs whose change makes a new resource; any other is an update. */
  readonly replaceOn: readonly string[];
  /** Inputs that are sets to the provider: their order does not count. */
  readonly sets?: readonly string[];
  /** Outputs that are not inputs: unknown in a preview of a new one. */
  readonly outputs: readonly string[];
  readonly secretOutputs?: readonly string[];
  readonly create: (news: Inputs, operation: Operation) => Promise<{ readonly id: string; readonly state: WireObject }>;
  /** The state as the API has it; undefined when it is gone. @param known the state as it was remembered */
  readonly read: (id: string, known: WireObject, operation: Operation) => Promise<WireObject | undefined>;
  readonly update: (id: string, news: Inputs, known: WireObject, operation: Operation) => Promise<WireObject>;
  readonly remove: (id: string, known: WireObject, operation: Operation) => Promise<void>;
}

/** A resource type that parses its own inputs: what the provider works with. */
export interface ResourceType extends Omit<ResourceDefinition<object>, "inputs" | "create" | "update"> {
  readonly problems: (
    inputs: WireValue,
  ) => readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
  readonly create: (news: WireValue, operation: Operation) => ReturnType<ResourceDefinition<object>["create"]>;
  readonly update: (id: string, news: WireValue, known: WireObject, operation: Operation) => Promise<WireObject>;
}

/** Makes a resource type of its definition. */
export function resourceType<Inputs extends object>(definition: ResourceDefinition<Inputs>): ResourceType {
  const { inputs, create, update, ...rest } = definition;
  return {
    ...rest,
    problems: (wire) => inputs.safeParse(wire).error?.issues ?? [],
    create: (news, operation) => create(inputs.parse(news), operation),
    update: (id, news, known, operation) => update(id, inputs.parse(news), known, operation),
  };
}

// What a resource type of the command provider is: its inputs, and what creating, updating and deleting one does.
import type { z } from "zod";
import type { WireObject, WireValue } from "../wireValues.ts";

/** What a running operation may use: when to stop, where to say something, and what must not be said. */
export interface Operation {
  /** Fires when the engine cancels, or after the resource's `customTimeouts`. */
  readonly signal: AbortSignal;
  /** Shows a line beside the resource while it is worked on; secrets are taken out of it. */
  readonly log: (line: string) => void;
  /** The text with every secret of the resource replaced. */
  readonly redact: (text: string) => string;
}

/** What a command printed, without the last newline; nothing before it has run. */
export interface Printed {
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A resource type by its parsed inputs, in the open. */
export interface ResourceDefinition<Inputs extends object> {
  readonly inputs: z.ZodType<Inputs>;
  /** Whether an id starts with the resource's name, as the official plugin's do. */
  readonly idFromName: boolean;
  /** The outputs that are not inputs: unknown in a preview. */
  readonly outputs: readonly (keyof Printed)[];
  /** Inputs with the defaults that the official plugin writes into the state, on the wire. */
  readonly withDefaults: (inputs: WireObject) => WireObject;
  readonly create: (news: Inputs, operation: Operation) => Promise<Printed>;
  readonly update: (news: Inputs, old: Inputs & Printed, operation: Operation) => Promise<Printed>;
  readonly delete: (old: Inputs & Printed, operation: Operation) => Promise<void>;
}

/** A resource type that parses its own inputs: what the provider works with. */
export interface ResourceType extends Pick<ResourceDefinition<object>, "idFromName" | "outputs" | "withDefaults"> {
  /** What is wrong with the inputs; empty when nothing is. */
  readonly problems: (
    inputs: WireValue,
  ) => readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
  readonly create: (news: WireValue, operation: Operation) => Promise<Printed>;
  readonly update: (news: WireValue, old: WireValue, printed: Printed, operation: Operation) => Promise<Printed>;
  readonly delete: (old: WireValue, printed: Printed, operation: Operation) => Promise<void>;
}

/** Makes a resource type of its definition. */
export function resourceType<Inputs extends object>(definition: ResourceDefinition<Inputs>): ResourceType {
  const { inputs, idFromName, outputs, withDefaults } = definition;
  return {
    idFromName,
    outputs,
    withDefaults,
    problems: (wire) => inputs.safeParse(wire).error?.issues ?? [],
    create: (news, operation) => definition.create(inputs.parse(news), operation),
    update: (news, old, printed, operation) =>
      definition.update(inputs.parse(news), { ...inputs.parse(old), ...printed }, operation),
    delete: (old, printed, operation) => definition.delete({ ...inputs.parse(old), ...printed }, operation),
  };
}

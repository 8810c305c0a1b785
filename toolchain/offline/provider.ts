// What a provider's plugin must be able to do, in property values: the engine's wire around it is providerPlugin.ts.
import type { WireObject } from "./wireValues.ts";

/** A resource as the engine names it: `urn:pulumi:STACK::PROJECT::[PARENT$]TYPE::NAME`. */
export interface ResourceName {
  readonly type: string;
  readonly name: string;
}

/** What a request may use besides its properties. */
export interface RequestContext {
  /** Fires when the engine cancels, or after the resource's `customTimeouts`. */
  readonly signal: AbortSignal;
  /** Shows a line beside the resource while it is worked on. */
  readonly log: (line: string) => void;
}

/** One property that cannot be accepted. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** Completed inputs, and what is wrong with them. */
export interface Checked {
  readonly inputs: WireObject;
  readonly failures: readonly CheckFailure[];
}

/** Which inputs differ, and which of those replace the resource. */
export interface Diffed {
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
}

/** A resource in the state. */
export interface Found {
  readonly id: string;
  readonly state: WireObject;
  readonly inputs: WireObject;
}

/** A provider. What one of its functions throws is shown to the user as its message alone. */
export interface Provider {
  readonly name: string;
  /** Of the npm package whose official plugin this stands in for. */
  readonly version: string;
  /** Called once, before any resource, with the configuration of the stack. */
  readonly configure: (config: WireObject, signal: AbortSignal) => Promise<void>;
  readonly check: (resource: ResourceName, news: WireObject) => Checked;
  readonly diff: (resource: ResourceName, oldInputs: WireObject, news: WireObject) => Diffed;
  /** The state that a preview expects. @param olds the state before; absent when there is none */
  readonly expect: (resource: ResourceName, news: WireObject, olds?: WireObject) => WireObject;
  readonly create: (
    resource: ResourceName,
    inputs: WireObject,
    context: RequestContext,
  ) => Promise<Pick<Found, "id" | "state">>;
  /** The resource as it is now; undefined when it is gone. */
  readonly read: (resource: ResourceName, found: Found, context: RequestContext) => Promise<Found | undefined>;
  readonly update: (
    resource: ResourceName,
    olds: Pick<Found, "id" | "state">,
    news: WireObject,
    context: RequestContext,
  ) => Promise<WireObject>;
  readonly remove: (
    resource: ResourceName,
    olds: Pick<Found, "id" | "state">,
    context: RequestContext,
  ) => Promise<void>;
  /** Answers a function of the package, such as a look-up. */
  readonly invoke: (token: string, args: WireObject, signal: AbortSignal) => Promise<WireObject>;
}

/** Reads the type and the name from a URN. */
export function parseUrn(urn: string): ResourceName {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

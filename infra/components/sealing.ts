/** Keeps what the operator encrypted a secret in the engine's state, wherever among a resource's inputs it goes. */
import * as pulumi from "@pulumi/pulumi";
import type { SecretTexts } from "../values/secretTexts.ts";

/** A component's transformation: marks every text of its descendants' inputs that is, or may be, secret. */
export function sealing(secretTexts: SecretTexts): pulumi.ResourceTransformation {
  return ({ props, opts }) => ({
    props: sealed(props, (text) => secretTexts.isIn(text)) as pulumi.Inputs,
    opts,
  });
}

/** A component's output with what is secret beyond doubt marked so: others read outputs, and a guess would hide them all. */
export function sealedOutput<Value>(value: Value, secretTexts: SecretTexts): pulumi.Output<pulumi.Unwrap<Value>> {
  return pulumi.output(sealed(value, (text) => secretTexts.isCertainlyIn(text)) as Value);
}

/** A plain value with its secret texts marked. What is not plain is another resource's, and as secret as that says. */
function sealed(value: unknown, isSecret: (text: string) => boolean): unknown {
  if (typeof value === "string") return isSecret(value) ? pulumi.secret(value) : value;
  if (Array.isArray(value)) return value.map((item) => sealed(item, isSecret));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sealed(inner, isSecret)]));
}

/** The schema of a whole document with the rules between its places: what reads a configuration reads it through this. */
import { crossFieldErrors } from "./rules/crossFieldErrors.ts";
import { agentConfigSchema } from "./schema/document.ts";

export const checkedAgentConfig = agentConfigSchema.check((context) => {
  for (const { path, input, message } of crossFieldErrors(context.value)) {
    context.issues.push({ code: "custom", path: [...path], input, message });
  }
});

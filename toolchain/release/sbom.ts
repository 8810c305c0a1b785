/** The software bill of materials as npm writes it, less what differs from run to run. Pure. */
import { z } from "zod";

const bomSchema = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  serialNumber: z.string().optional(),
  metadata: z.looseObject({ timestamp: z.string().optional(), component: z.looseObject({ name: z.string() }) }),
});

/** @param time of the release, in place of the time of the run. @throws Error when the text is not a CycloneDX document. */
export function reproducibleSbom(text: string, { name, time }: { readonly name: string; readonly time: Date }): string {
  const bom = bomSchema.parse(JSON.parse(text));
  const { metadata } = bom;
  const document = {
    ...bom,
    // A random number, which JSON leaves out where it is undefined.
    serialNumber: undefined,
    // npm takes the name from the folder.
    metadata: { ...metadata, timestamp: time.toISOString(), component: { ...metadata.component, name } },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Values of Pulumi's configuration map, which are texts. */

/** Pulumi hands objects over as JSON and plain values as themselves. */
export function parseValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : text;
  } catch {
    return text;
  }
}

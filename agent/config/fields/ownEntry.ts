/** Values by names that people chose: `constructor` and `toString` are names like any other. */

/** What is there under a name; undefined where only JavaScript's own objects have something of that name. */
export function ownEntry<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

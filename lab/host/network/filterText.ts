/** nftables' text: tables, chains, sets and marks. */
import type { PortPlan } from "../region.ts";

export type Security = NonNullable<PortPlan["security"]>;

export type SecuredPort = PortPlan & { readonly security: Security; readonly number: number };
/** Made if missing, deleted with all that is in it, made again: in one transaction a replacement. */
export function replaceTable(family: "bridge" | "inet", body: readonly string[]): readonly string[] {
  return [
    `table ${family} vipf`,
    `delete table ${family} vipf`,
    `table ${family} vipf {`,
    ...body.map((line) => `  ${line}`),
    "}",
  ];
}

export const fromMark = (port: SecuredPort): string => `0x${(port.number * 0x10000).toString(16)}`;
export const toMark = (port: SecuredPort): string => `0x${port.number.toString(16)}`;
export const chain = (name: string, hook: string, rules: readonly string[]): readonly string[] => [
  `chain ${name} {`,
  ...(hook === "" ? [] : [`  ${hook}`]),
  ...rules.map((rule) => `  ${rule}`),
  "}",
];

export const namedSet = (name: string, type: string, flags: string, elements: readonly string[]): readonly string[] => [
  `set ${name} {`,
  `  type ${type}`,
  ...(flags === "" ? [] : [`  ${flags}`]),
  ...(elements.length === 0 ? [] : [`  elements = { ${elements.join(",\n      ")} }`]),
  "}",
];

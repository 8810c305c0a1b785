/** The text of an ini file as oslo.config reads it. */

/** Sections with their options; a list is joined by commas. */
export type Ini = Readonly<Record<string, Readonly<Record<string, IniValue>>>>;
export type IniValue = string | number | boolean | readonly string[];

/** @throws Error when a value would be read as something else */
export function renderIni(ini: Ini): string {
  return Object.entries(ini)
    .map(([section, options]) => {
      const lines = Object.entries(options).map(([name, value]) => `${name} = ${renderValue(section, name, value)}`);
      return `[${section}]\n${lines.join("\n")}\n`;
    })
    .join("\n");
}

function renderValue(section: string, name: string, value: IniValue): string {
  const text = typeof value === "object" ? value.join(",") : String(value);
  if (/[\n\r]/.test(text)) throw new Error(`[${section}] ${name} has a line break: ${JSON.stringify(text)}`);
  // oslo.config takes $name for another option's value.
  return text.replaceAll("$", "$$$$");
}

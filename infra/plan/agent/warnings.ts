/** Warnings of a whole stack: of each kind the first few, since a thousand of one kind say what three do. */

/** What is warned of. */
export type WarningKind = "onceTheBestIsGone" | "tie" | "state";

/** One warning. Its text is worked out when it is shown. */
export interface Warning {
  readonly kind: WarningKind;
  readonly text: () => string;
}

const SHOWN_OF_A_KIND = 3;

const MORE: Readonly<Record<WarningKind, string>> = {
  onceTheBestIsGone: "checks that move a VIP no further once its best nodes are gone",
  tie: "pairs of nodes that failed checks make equal",
  state: "states whose cost by itself never moves a VIP",
};

/** The texts to show: by kind, in the order in which the kinds first appear. */
export function foldWarnings(warnings: readonly Warning[]): readonly string[] {
  const kinds = [...new Set(warnings.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const alike = warnings.filter((warning) => warning.kind === kind);
    const shown = alike.slice(0, SHOWN_OF_A_KIND).map(({ text }) => text());
    const others = alike.length - shown.length;
    return others === 0 ? shown : [...shown, `and ${others} more ${MORE[kind]}`];
  });
}

/** What users see of Neutron's resources: operators everything, all others what Neutron's policies let them. */

import type { Wire } from "../../http/wire.ts";
import { type CloudContext, isOperator } from "../../state/context.ts";
import type { CloudState, CloudView, View } from "../../state/state.ts";

/** What of a kind of resource is kept from ordinary users. */
export interface Visibility<Row> {
  /** Attributes. */
  readonly operatorsOnly?: readonly string[];
  /** Whole resources, such as a router's port outside: they belong to no project. */
  readonly isOwnerless?: (row: View<Row>) => boolean;
}

interface Rows<Row> extends Visibility<Row> {
  readonly read: (state: CloudView) => readonly View<Row>[];
  readonly edit: (draft: CloudState) => Row[];
}

/** The resources that the cloud's user finds, and an answer as the user sees it. */
export interface Sight<Row> {
  readonly read: (state: CloudView) => readonly View<Row>[];
  readonly edit: (draft: CloudState) => readonly Row[];
  readonly shown: (answer: Wire) => Wire;
}

/** The sight of the cloud's user. */
export function sightOf<Row>(context: CloudContext, rows: Rows<Row>): Sight<Row> {
  const { read, edit, operatorsOnly = [], isOwnerless = () => false } = rows;
  if (isOperator(context)) return { read, edit, shown: (answer) => answer };
  return {
    read: (state) => read(state).filter((row) => !isOwnerless(row)),
    edit: (draft) => edit(draft).filter((row) => !isOwnerless(row as View<Row>)),
    shown: (answer) => Object.fromEntries(Object.entries(answer).filter(([name]) => !operatorsOnly.includes(name))),
  };
}

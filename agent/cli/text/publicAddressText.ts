/** The public addresses of a status for people: which lead here, and what is in the way where they should and do not. */
import type { AgentStatus } from "../../operator/agentStatus.ts";
import type { PublicAddressStatus } from "../../publicAddress/routeDriver.ts";
import { type Cell, type Colour, type Paint, tableLines } from "./table.ts";

const HEADINGS = ["PUBLIC ADDRESS", "VIRTUAL ROUTER", "CLAIM", "LEADS TO", "API"] as const;

const CLAIMS: Readonly<Record<PublicAddressStatus["phase"], { readonly text: string; readonly colour: Colour }>> = {
  idle: { text: "not master", colour: "bold" },
  seeking: { text: "looking for it", colour: "yellow" },
  moving: { text: "moving here", colour: "yellow" },
  held: { text: "held", colour: "green" },
  left: { text: "left", colour: "yellow" },
};

const WHYS: Readonly<Record<string, string>> = {
  "member-is-master": "a member that is heard is master",
  "member-is-silent": "a member has it that is not heard",
  stranger: "somebody moved it",
};

/** Nothing without any. */
export function publicAddressTable({ publicAddresses }: AgentStatus, paint: Paint): string[] {
  return publicAddresses.length === 0 ? [] : tableLines(HEADINGS, publicAddresses.map(rowOf), paint);
}

function rowOf({
  address,
  virtualRouter,
  phase,
  why,
  routedTo,
  isHere,
  trouble,
  isWitnessLost,
}: PublicAddressStatus): Cell[] {
  const { text, colour } = CLAIMS[phase];
  return [
    { text: address },
    { text: virtualRouter },
    { text: why === null ? text : `${text}: ${WHYS[why] ?? why}`, colour },
    { text: isHere === null ? "not known yet" : isHere ? "this node" : (routedTo ?? "nowhere") },
    trouble === null
      ? { text: "answers" }
      : {
          text: `${isWitnessLost ? "out of reach" : "fails"}, ${trouble.failures} in a row: ${trouble.message}`,
          colour: "red",
        },
  ];
}

/** Rules of nodes: each has a name that can be a host's, a size and an image. */
import { keyName } from "../schema/explain.ts";
import { HOST_LABEL } from "../schema/fields.ts";
import { type Problem, showValue } from "../schema/problem.ts";
import type { Draft, WrittenNames } from "../stackFile/shape.ts";

/** Longest host name label (RFC 1123); clouds cut a longer one off, and two nodes could end up with one name. */
const LONGEST_LABEL = 63;
/** Room for `edge-100`. */
const SHORTEST_ROOM = 8;

/**
 * Names of nodes and VIPs.
 * @param prefix what stands before them in the cloud: project and stack
 */
export function nameRules(written: WrittenNames, prefix: string, stack: string): readonly Problem[] {
  const room = LONGEST_LABEL - prefix.length - 1;
  if (room < SHORTEST_ROOM) {
    const why = `is too long: with "${prefix}-" before it no node's name fits the ${LONGEST_LABEL} letters of a host's`;
    const remedy = `name the stack with at most ${stack.length - (SHORTEST_ROOM - room)} letters: pulumi stack rename`;
    return [{ key: "the stack's name", value: showValue(stack), why, remedy }];
  }
  const check = (section: string, name: string, longest: number): readonly Problem[] => {
    const remedy = "use lower-case letters, digits and inner dashes, such as edge-1";
    const key = keyName([section, name]);
    if (!HOST_LABEL.test(name)) return [{ key, why: "has a name that cannot be a host's", remedy }];
    if (name.length <= longest) return [];
    const why = `has a name of ${name.length} letters; with "${prefix}-" before it a host name's ${LONGEST_LABEL} are too few`;
    return [{ key, why, remedy: `use at most ${longest} letters` }];
  };
  return [
    ...written.nodes.flatMap((name) => check("nodes", name, room)),
    ...written.vips.flatMap((name) => check("vips", name, room)),
  ];
}

/** Size and image come from the node or from the defaults. */
export function birthRules(draft: Draft): readonly Problem[] {
  const { defaults } = draft;
  if (defaults === undefined) return [];
  const missing = (field: "flavor" | "imageId", remedy: string): readonly Problem[] => {
    const without = [...draft.nodes].filter(([, node]) => node[field] === undefined).map(([name]) => name);
    if (defaults[field] !== undefined || without.length === 0) return [];
    const why = `is missing, and so it is for ${without.join(", ")}`;
    return [{ key: keyName(["defaults", field]), why, remedy }];
  };
  return [
    ...missing("flavor", "write a flavor of the cloud; `openstack flavor list` names them"),
    ...missing("imageId", "write the image's UUID; `openstack image list` shows it"),
  ];
}

/** Finds the word somebody meant. */

/** A word this far from every candidate is no slip of the pen. */
const FARTHEST = 3;

/** The candidate with the fewest letters to change, add or drop; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.min(FARTHEST, Math.ceil(word.length / 2));
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** Levenshtein's distance, a row at a time. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 0; row < from.length; row++) {
    const current = [row + 1];
    for (let column = 0; column < to.length; column++) {
      const dropped = (previous[column + 1] ?? 0) + 1;
      const added = (current[column] ?? 0) + 1;
      const changed = (previous[column] ?? 0) + (from[row] === to[column] ? 0 : 1);
      current.push(Math.min(dropped, added, changed));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

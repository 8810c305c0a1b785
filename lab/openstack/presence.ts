/** Whether something is in the file system: how a start knows what earlier ones have done. */
import { access } from "node:fs/promises";

export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

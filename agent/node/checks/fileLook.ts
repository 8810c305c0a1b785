/** Looks whether a file is there, as a hand on the switch. */
import { stat } from "node:fs/promises";
import type { CheckResult } from "../../health/verdict.ts";
import { isKernelError } from "../kernel.ts";
import { failed, good } from "./look.ts";

/** A file that cannot be looked at, for any reason but that it is not there, is a failure either way. */
export async function lookForFile(path: string, absent: boolean): Promise<CheckResult> {
  const isThere = await stat(path).then(
    () => true,
    (error: unknown) => {
      if (isKernelError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return false;
      throw error;
    },
  );
  const reason = `${path} is ${isThere ? "there" : "not there"}`;
  return isThere === absent ? failed(reason) : good(reason);
}

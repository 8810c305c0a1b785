/** What to tell whoever starts a cloud on a port that another program has. */
import { UserError } from "../../../toolchain/userError.ts";

/** Undefined when the error is about something else. */
export function portTaken(error: unknown, port: number): UserError | undefined {
  if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) return undefined;
  return new UserError(
    `port ${port} on 127.0.0.1, where the lab's cloud listens, is taken by another program`,
    `stop it (ss -ltnp 'sport = :${port}' names it), or take the other lab down`,
    { cause: error },
  );
}

/** What a host must be before a lab may touch it; each check fails with one line that says what to do. */
import { createServer } from "node:net";
import { UserError } from "../toolchain/userError.ts";

/** @throws UserError unless this is Linux and the user is root */
export function requireRootOnLinux(): void {
  if (process.platform !== "linux") {
    throw new UserError(
      `the lab needs Linux: this is ${process.platform}`,
      "run it on a Linux machine or virtual machine",
    );
  }
  if (process.getuid?.() !== 0) {
    throw new UserError(
      "the lab needs root: it makes network namespaces and system containers",
      "run the same command with sudo",
    );
  }
}

/** @throws UserError naming the first port on loopback that something else listens on */
export async function requireFreePorts(
  ports: readonly { readonly port: number; readonly use: string }[],
): Promise<void> {
  for (const { port, use } of ports) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => {
        resolve(false);
      });
      server.listen({ host: "127.0.0.1", port }, () => {
        server.close(() => {
          resolve(true);
        });
      });
    });
    if (!free) {
      throw new UserError(
        `port ${port} on 127.0.0.1, meant for ${use}, is taken`,
        `find who listens with "ss -ltnp sport = :${port}" and stop it`,
      );
    }
  }
}

/** The bastion's process, in the client host's namespace: gets a listening socket of another namespace and serves it. */
import { Server } from "node:net";
import { z } from "zod";
import { type BastionConfig, createBastionServer, SERVING } from "./bastionServer.ts";

const config = z.object({ hostKey: z.string(), authorizedKey: z.string(), networks: z.array(z.string()) });

process.once("disconnect", () => process.exit());
process.once("message", (message: unknown, listener: unknown) => {
  if (!(listener instanceof Server)) throw new Error("the bastion's process got no socket to listen on");
  const bastion = createBastionServer(config.parse(message) satisfies BastionConfig);
  listener.on("connection", (socket) => {
    bastion.accept(socket);
  });
  process.send?.(SERVING);
});

/** Makes a listening socket in the namespace in which it runs, and hands it to its parent. */
import { createServer } from "node:net";
import { z } from "zod";

const request = z.object({ port: z.int() });

process.once("disconnect", () => process.exit());
process.once("message", (message: unknown) => {
  const { port } = request.parse(message);
  const server = createServer();
  server.once("error", (error) => process.send?.(error.message));
  server.listen({ host: "0.0.0.0", port }, () => process.send?.("listening", server));
});

// A plugin's side of the engine's plugin protocol: one gRPC server on loopback, its port on stdout, ended by a signal.
// The protocol has no credentials, so the server hears nobody but the user that it runs as.

import { fstatSync } from "node:fs";
import grpc from "@grpc/grpc-js";
import { messageOf } from "../messageOf.ts";
import { listenForOwner, portOf } from "./ownerListener.ts";

/** The engine's own limit on a message: 400 MiB, so that a large state or configuration gets through. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** A service that the engine calls, and what to do when the plugin is told to end. */
export interface Plugin {
  readonly service: grpc.ServiceDefinition;
  /** Methods that are left out answer UNIMPLEMENTED, which the engine takes as "not offered". */
  readonly methods: grpc.UntypedServiceImplementation;
  /** Ends what still runs for the engine, such as a child process. */
  readonly stop: () => void;
}

/** The engine's address, which it gives as the last argument; flags such as --logtostderr come before it. */
export function engineAddress(argv: readonly string[]): string | undefined {
  return argv.filter((argument) => !argument.startsWith("-")).at(-1);
}

/** Serves the plugin on a free port of 127.0.0.1 and prints the port, as the engine expects, until a signal ends it. */
export async function servePlugin({ service, methods, stop }: Plugin): Promise<void> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(service, methods);
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const listener = await listenForOwner(
    (socket) => {
      injector.injectConnection(socket);
    },
    (message) => process.stderr.write(`${message}\n`),
  );
  const end = (): void => {
    stop();
    listener.close();
    server.forceShutdown();
    process.stdin.destroy();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  // The engine holds the other end of this pipe and never writes: its end means that the engine was killed, and would
  // leave its plugins behind.
  if (fstatSync(process.stdin.fd).isFIFO()) process.stdin.on("end", end).resume();
  process.stdout.write(`${portOf(listener)}\n`);
}

/** A unary method from an async function; what it throws becomes a gRPC error with that message and nothing else. */
export function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          const details = messageOf(error);
          callback({ code: grpc.status.UNKNOWN, details });
        },
      );
  };
}

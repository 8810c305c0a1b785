/** An SSH server that does one thing: forward TCP connections for one key into its networks (ssh -J, RFC 4254, 7.2). */
import { connect, isIP, type Socket } from "node:net";
import ssh2 from "ssh2";
import { contains } from "../cidr.ts";

/** A server's whole configuration. Plain data, so that it can be sent to another process. */
export interface BastionConfig {
  /** The server's own key, OpenSSH format. */
  readonly hostKey: string;
  /** The key that may log in, under any user name: a line as in authorized_keys. */
  readonly authorizedKey: string;
  /** Addresses outside of these CIDRs are refused. */
  readonly networks: readonly string[];
}

/** What the bastion's process tells its parent once it serves. */
export const SERVING = "serving";

/** A host that does not answer a SYN is given up after this time, as a server behind a dropping filter does. */
const CONNECT_DEADLINE_MS = 10_000;

/** Takes accepted TCP connections and speaks SSH on them. @throws Error when a key cannot be read */
export function createBastionServer(config: BastionConfig): { accept(socket: Socket): void } {
  const authorized = publicKeyOf(config.authorizedKey);
  const server = new ssh2.Server({ hostKeys: [config.hostKey], ident: "vip-failover-bastion" }, (client) => {
    client.on("error", () => undefined); // A client that hangs up in the middle; "close" follows.
    client.on("authentication", (context) => {
      if (context.method === "publickey" && isAuthorized(context, authorized)) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (_accept, reject) => {
      reject();
    });
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      if (isIP(destIP) === 0 || !config.networks.some((network) => contains(network, destIP))) {
        reject();
        return;
      }
      forward(destIP, destPort, accept, reject);
    });
  });
  return {
    accept: (socket) => {
      socket.on("error", () => undefined);
      server.injectSocket(socket);
    },
  };
}

/** Answers only once the other side has: so the client learns whether anyone is there. */
function forward(host: string, port: number, accept: () => ssh2.ServerChannel, reject: () => void): void {
  const target = connect({ host, port, noDelay: true, allowHalfOpen: true });
  const deadline = setTimeout(() => target.destroy(new Error("no answer in time")), CONNECT_DEADLINE_MS);
  target.once("error", () => {
    clearTimeout(deadline);
    reject();
  });
  target.once("connect", () => {
    clearTimeout(deadline);
    target.removeAllListeners("error");
    const channel = accept();
    target.on("error", () => channel.destroy());
    channel.on("error", () => target.destroy());
    target.pipe(channel).pipe(target);
    channel.on("close", () => target.destroy());
  });
}

function publicKeyOf(line: string): ssh2.ParsedKey {
  const parsed = ssh2.utils.parseKey(line);
  if (parsed instanceof Error) throw new Error(`the bastion's authorized key cannot be read: ${parsed.message}`);
  return parsed;
}

/** The key is the one, and where the client sent proof (its second request) the proof holds. */
function isAuthorized(context: ssh2.PublicKeyAuthContext, authorized: ssh2.ParsedKey): boolean {
  if (context.key.algo !== authorized.type || !context.key.data.equals(authorized.getPublicSSH())) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  return authorized.verify(context.blob, context.signature, context.hashAlgo);
}

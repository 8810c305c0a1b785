/** Packets that tests send from one server and look for on another. Python is on every server: cloud-init needs it. */
import { nodeId } from "./edgeRegion.ts";
import type { LabHost } from "./labHost.ts";
import { until } from "./labHost.ts";

/**
 * Counts packets of protocol 112 that arrive, without ever sending one: a sender's own packets would let the answers
 * in, as established. Ends after a few pings, which come the same way and are allowed: so a count of 0 means "filtered".
 */
const LISTENER = `
import socket, struct, select, sys
vrrp = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
vrrp.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", socket.inet_aton("224.0.0.18"), socket.inet_aton(sys.argv[1])))
icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
seen, pings = {"unicast": 0, "multicast": 0}, 0
while pings < 5:
    ready = select.select([vrrp, icmp], [], [], 3)[0]
    if not ready: break
    for one in ready:
        packet = one.recv(2048)
        if one is icmp: pings += 1
        else: seen["multicast" if packet[16:20] == socket.inet_aton("224.0.0.18") else "unicast"] += 1
print(pings, seen["unicast"], seen["multicast"])
`;

const SENDER = `
import socket, sys, time
vrrp = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
vrrp.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[1]))
icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
for count in range(50):
    vrrp.sendto(b"\\x31", (sys.argv[2], 0))
    vrrp.sendto(b"\\x31", ("224.0.0.18", 0))
    icmp.sendto(b"\\x08\\x00\\xf7\\xff\\x00\\x00\\x00\\x00", (sys.argv[2], 0))
    time.sleep(0.02)
`;

/** Packets of protocol 112 that arrived while pings did. */
export interface Heard {
  readonly unicast: number;
  readonly multicast: number;
}

/** A server that sends or listens. */
interface Speaker {
  readonly serverId: string;
  readonly address: string;
}

/** What one server hears of the packets of protocol 112 that another sends it. Pings must be allowed. */
export function hearsFrom(machines: Pick<LabHost["hypervisor"], "run">, from: Speaker, to: Speaker): Promise<Heard> {
  const python = (server: Speaker, program: string, ...args: readonly string[]): Promise<{ readonly stdout: string }> =>
    machines.run(server.serverId, ["python3", "-c", program, ...args]);
  return until(`pings from ${from.address} to ${to.address}`, async () => {
    const [{ stdout }] = await Promise.all([
      python(to, LISTENER, to.address),
      python(from, SENDER, from.address, to.address),
    ]);
    const [pings = 0, unicast = 0, multicast = 0] = stdout.trim().split(" ").map(Number);
    return pings >= 5 && { unicast, multicast };
  });
}

/** The same of the edge region's nodes. */
export function hears(
  lab: LabHost,
  from: { node: number; address: string },
  to: { node: number; address: string },
): Promise<Heard> {
  const speaker = ({ node, address }: typeof from): Speaker => ({ serverId: nodeId(node), address });
  return hearsFrom(lab.hypervisor, speaker(from), speaker(to));
}

/** Where a talk's caller counts what it heard, on its own disk. */
const HEARD_FILE = "/run/vipf-heard";

/** Both ends say something every 20 ms; argv: port, and for the caller the other's address and the file for its count. */
const TALKER = `
import socket, sys, time
if len(sys.argv) > 2: talk = socket.create_connection((sys.argv[2], int(sys.argv[1])))
else:
    talk = socket.create_server(("0.0.0.0", int(sys.argv[1]))).accept()[0]
talk.settimeout(0.02)
heard, until = 0, time.monotonic() + 120
while time.monotonic() < until:
    try:
        talk.send(b"x")
        time.sleep(0.02)
        heard += len(talk.recv(4096))
    except socket.timeout: pass
    if len(sys.argv) > 2: open(sys.argv[3], "w").write(str(heard))
`;

/** A TCP connection in use. */
export interface Talk {
  /** Octets that the caller has heard. */
  heard(): Promise<number>;
  end(): Promise<void>;
}

interface Place {
  readonly node: number;
  readonly address: string;
}

/** Has node `from` call node `to`, and both talk until they are told to end. */
export function startTalk(lab: LabHost, from: Place, to: Place, port: number): Talk {
  const python = (node: number, ...args: readonly string[]): Promise<unknown> =>
    lab.hypervisor.run(nodeId(node), ["python3", "-c", TALKER, ...args]);
  const listens = python(to.node, String(port));
  const calls = until("the talk begins", async () => {
    const { stdout } = await lab.shell(to.node, `ss -Hltn sport = :${port}`);
    return stdout !== "";
  }).then(() => python(from.node, String(port), to.address, HEARD_FILE));
  return {
    heard: async () => Number((await lab.shell(from.node, `cat ${HEARD_FILE} 2>/dev/null || echo 0`)).stdout),
    end: async () => {
      for (const { node } of [from, to]) await lab.shell(node, "pkill -f create_connection; true");
      await Promise.all([listens, calls]);
    },
  };
}

/** Opens a TCP connection from one node to another. @throws Error with what Python says */
export async function connectsTo(lab: LabHost, from: Place, to: Place, port: number): Promise<void> {
  const program = `import socket; socket.create_connection(("${to.address}", ${port}), 2)`;
  const { status, stderr } = await lab.hypervisor.run(nodeId(from.node), ["python3", "-c", program]);
  if (status !== 0) throw new Error(stderr);
}

/** A server's stream of packets to the client host, each with the time it was sent at. */
export interface Stream {
  /** When the newest packet that has arrived was sent, in milliseconds of the machine's monotonic clock. */
  newestMs(): number;
  stop(): void;
}

const STREAMER = `
import socket, sys, time
to = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    try: to.sendto(str(time.monotonic_ns() // 1000).encode(), (sys.argv[1], 7000))
    except OSError: pass
    time.sleep(0.001)
`;

const RECEIVER = `
require("node:dgram").createSocket("udp4").on("message", (text) => console.log(Number(text) / 1000)).bind(7000);
process.stdin.resume().on("end", () => process.exit());
`;

/** Starts a stream of a packet a millisecond; resolves when the first has arrived. */
export async function startStream(lab: LabHost, node: number, to: string): Promise<Stream> {
  const receiver = lab.hypervisor.client.spawn([process.execPath, "-e", RECEIVER], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let newestMs = 0;
  receiver.stdout?.on("data", (lines: Buffer) => {
    newestMs = Math.max(newestMs, ...lines.toString().split("\n").map(Number));
  });
  // Ends with its server, or with the next stream's start.
  void lab.hypervisor.run(nodeId(node), ["python3", "-c", STREAMER, to]).catch(() => undefined);
  await until("the stream's first packet", () => Promise.resolve(newestMs > 0));
  return {
    newestMs: () => newestMs,
    stop: () => {
      receiver.stdin?.end();
    },
  };
}

/** The machine's monotonic clock, which servers share, in milliseconds. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

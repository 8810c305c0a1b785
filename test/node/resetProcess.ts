/**
 * A stranger at the switch, without any key: sees the segments of TCP port 4112 that come in at the ports it is given, and
 * sends both ends a reset in the other's name. Arguments: `once` (until a new connection begins) or `always`, ports. Says
 * `ready` first.
 */
import koffi from "koffi";
import { PacketSocket } from "../../agent/linux/sockets/packetSocket.ts";
import { AF_PACKET, openSocket, receiveInto, SOCK_RAW, setOption } from "../../agent/linux/sockets/socket.ts";
import { bindSocket, checked } from "../../agent/linux/system/libc.ts";
import { PollSet } from "../../agent/linux/system/poll.ts";
import { internetChecksum } from "../../agent/protocol/packet/checksum.ts";

const ETH_P_ALL = 0x0003;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
const ETHERNET = 14;
const IP = 20;
const TCP = 20;
const PROTOCOL_TCP = 6;
const PEER_LINK = 4112;
const SYN = 0x02;
const RST = 0x04;
const RST_ACK = 0x14;

interface Segment {
  readonly destinationMac: Uint8Array;
  readonly sourceMac: Uint8Array;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledged: number;
  /** The first of a connection. */
  readonly isSyn: boolean;
  /** What its data, SYN and FIN count. */
  readonly length: number;
}

/** RFC 9293 3.1, over IPv4 without options, of the peer link. */
function segmentIn(frame: Uint8Array): Segment | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < ETHERNET + IP + TCP || view.getUint16(12) !== 0x0800) return undefined;
  const tcp = ETHERNET + IP;
  if (frame[ETHERNET] !== 0x45 || frame[ETHERNET + 9] !== PROTOCOL_TCP) return undefined;
  const [sourcePort, destinationPort] = [view.getUint16(tcp), view.getUint16(tcp + 2)];
  const flags = frame[tcp + 13] ?? 0;
  if ((sourcePort !== PEER_LINK && destinationPort !== PEER_LINK) || (flags & RST) !== 0) return undefined;
  const headerLength = ((frame[tcp + 12] ?? 0) >> 4) * 4;
  return {
    destinationMac: frame.slice(0, 6),
    sourceMac: frame.slice(6, 12),
    source: frame.slice(ETHERNET + 12, ETHERNET + 16),
    destination: frame.slice(ETHERNET + 16, ETHERNET + 20),
    sourcePort,
    destinationPort,
    sequence: view.getUint32(tcp + 4),
    acknowledged: view.getUint32(tcp + 8),
    isSyn: (flags & SYN) !== 0,
    length: view.getUint16(ETHERNET + 2) - IP - headerLength + (flags & 1) + ((flags >> 1) & 1),
  };
}

/** A reset in the name of the segment's sender. */
function resetLike(segment: Segment, sequence: number, acknowledged: number): Uint8Array {
  const frame = new Uint8Array(ETHERNET + IP + TCP);
  const view = new DataView(frame.buffer);
  frame.set(segment.destinationMac, 0);
  frame.set(segment.sourceMac, 6);
  view.setUint16(12, 0x0800);
  frame.set([0x45, 0, 0, IP + TCP, 0, 0, 0, 0, 64, PROTOCOL_TCP], ETHERNET);
  frame.set(segment.source, ETHERNET + 12);
  frame.set(segment.destination, ETHERNET + 16);
  view.setUint16(ETHERNET + 10, internetChecksum(frame.subarray(ETHERNET, ETHERNET + IP)));
  const tcp = ETHERNET + IP;
  view.setUint16(tcp, segment.sourcePort);
  view.setUint16(tcp + 2, segment.destinationPort);
  view.setUint32(tcp + 4, sequence >>> 0);
  view.setUint32(tcp + 8, acknowledged >>> 0);
  frame.set([0x50, RST_ACK], tcp + 12);
  const pseudoHeader = Uint8Array.from([...segment.source, ...segment.destination, 0, PROTOCOL_TCP, 0, TCP]);
  view.setUint16(tcp + 16, internetChecksum(pseudoHeader, frame.subarray(tcp)));
  return frame;
}

function turned(segment: Segment): Segment {
  const { sourceMac, destinationMac, source, destination, sourcePort, destinationPort } = segment;
  return {
    ...segment,
    sourceMac: destinationMac,
    destinationMac: sourceMac,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

const [mode = "once", ...ports] = process.argv.slice(2);
const ifNametoindex = koffi.load(null).func("unsigned int if_nametoindex(const char *name)") as unknown as (
  name: string,
) => number;
const indexes = ports.map((port) => ifNametoindex(port));
const listeners = indexes.map((index) => {
  const fd = openSocket(AF_PACKET, SOCK_RAW, 0, "packet socket");
  setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "packet socket");
  const address = new Uint8Array(20);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ALL);
  view.setInt32(4, index, true);
  checked(bindSocket(fd, address, address.length), "bind", "packet socket");
  return fd;
});
const out = new PacketSocket();
const arrivals = new PollSet(listeners);
const buffer = new Uint8Array(2_048);
process.stdout.write("ready\n");
for (;;) {
  for (const fd of arrivals.wait(undefined)) {
    const received = receiveInto(fd, buffer);
    if (received === "nothing" || !("length" in received)) continue;
    const segment = segmentIn(buffer.subarray(0, received.length));
    if (segment === undefined) continue;
    if (mode === "once" && segment.isSyn) process.exit();
    const after = segment.sequence + segment.length;
    const resets = [
      resetLike(segment, after, segment.acknowledged),
      resetLike(turned(segment), segment.acknowledged, after),
    ];
    for (const index of indexes) for (const reset of resets) out.transmit(index, reset);
  }
}

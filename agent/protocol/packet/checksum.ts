/** The Internet checksum of RFC 1071: 16-bit one's complement of the one's complement sum. */

/**
 * The checksum over the parts as if they were one string of bytes; every part but the last has an even length.
 *
 * To make one, its own field is zero in the bytes. To check one, leave the field as received: a good checksum makes
 * the result 0.
 */
export function internetChecksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    // The high octets of the 16-bit words are at even offsets, network byte order.
    part.forEach((octet, offset) => {
      sum += offset % 2 === 0 ? octet << 8 : octet;
    });
  }
  // Parts of a datagram sum up to less than 2^32, so each fold at least halves the bits: two or three rounds.
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

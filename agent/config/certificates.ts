/** Certificates in PEM (RFC 7468): a text that holds nothing else is taken apart, and each must be one. */
import { X509Certificate } from "node:crypto";

const MAX_CERTIFICATES = 32;
const MAX_OCTETS = 65_536;
const BLOCK = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;

/** The certificates, or undefined when the text has none, too many, or one that cannot be read. */
export function certificatesIn(text: string): readonly X509Certificate[] | undefined {
  if (text.length > MAX_OCTETS) return undefined;
  const blocks = text.match(BLOCK) ?? [];
  // A private key or a certificate that was cut off would be passed over in silence otherwise.
  const markers = text.match(/-----BEGIN /g)?.length ?? 0;
  if (blocks.length === 0 || blocks.length > MAX_CERTIFICATES || blocks.length !== markers) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/** Certificates in PEM (RFC 7468): a text that holds nothing else is taken apart, and each must be one. */
import { X509Certificate } from "node:crypto";

const MAX_CERTIFICATES = 32;
const MAX_OCTETS = 65_536;
const BLOCK = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;

/** Why a text is not a CA's certificates, completing a sentence; undefined when it is. */
export function certificatesFault(text: string): string | undefined {
  const octets = Buffer.byteLength(text);
  if (octets > MAX_OCTETS) return `has ${octets} octets, at most ${MAX_OCTETS}`;
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length > MAX_CERTIFICATES) return `has ${blocks.length} certificates, at most ${MAX_CERTIFICATES}`;
  // A private key or a certificate that was cut off would be passed over in silence otherwise.
  const markers = text.match(/-----BEGIN /g)?.length ?? 0;
  const areWhole = blocks.length > 0 && blocks.length === markers && blocks.every(isCertificate);
  return areWhole ? undefined : "has no certificate, or one that is damaged";
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}

/** Which mirror the host gets Debian from, and how it reaches it, so that the image is built from there too. Pure. */

/** Where a Debian release and its security updates are. */
export interface Mirrors {
  readonly release: string;
  readonly security: string;
}

const DEFAULT_MIRRORS: Mirrors = {
  release: "http://deb.debian.org/debian",
  security: "http://deb.debian.org/debian-security",
};

/**
 * Reads the host's sources, one-line (sources.list) and deb822 (*.sources) style alike. The default mirrors where the
 * host names none, as on Ubuntu.
 */
export function debianMirrors(sources: readonly string[]): Mirrors {
  const uris = sources.flatMap(binaryUris).map((uri) => uri.replace(/\/+$/, ""));
  return {
    release: uris.find((uri) => uri.endsWith("/debian")) ?? DEFAULT_MIRRORS.release,
    security: uris.find((uri) => uri.endsWith("/debian-security")) ?? DEFAULT_MIRRORS.security,
  };
}

function binaryUris(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  const oneLine = lines.flatMap((line) => /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line)?.[1] ?? []);
  const stanzas = lines
    .join("\n")
    .split(/\n\s*\n/)
    .filter((stanza) => /^Types:.*\bdeb\b(?!-)/m.test(stanza) && !/^Enabled:\s*no\b/im.test(stanza));
  const deb822 = stanzas.flatMap((stanza) => /^URIs:\s*(.+)$/m.exec(stanza)?.[1]?.trim().split(/\s+/) ?? []);
  return [...oneLine, ...deb822];
}

/** How to reach a mirror: proxies, certificates and leniency about dates. Nothing else of the host's configuration. */
const TRANSPORT =
  /^Acquire::(?:https?::(?:\S+::)?(?:Proxy|Proxy-Auto-Detect|CaInfo|Verify-Peer|Verify-Host)|Check-(?:Valid-Until|Date)|Retries) /i;

/** The lines of `apt-config dump Acquire` that an apt elsewhere needs to reach the same mirrors. */
export const transportOptions = (aptConfigDump: string): readonly string[] =>
  aptConfigDump.split("\n").filter((line) => TRANSPORT.test(line) && !line.endsWith(' "";'));

/** Makes the messages of a VRRP router, signed where its group is, and verifies those it hears. */
import type { VrrpRouterDocument } from "../config/schema/document.ts";
import {
  emptyReplayMemory,
  type ReplayMemory,
  type Verification,
  verifyAuthentication,
} from "../protocol/authentication.ts";
import {
  clockSequence,
  defaultWindowMicros,
  nextSequence,
  type ReplayPolicy,
} from "../protocol/authenticationSequence.ts";
import { type AuthenticationKey, signatureTrailer } from "../protocol/authenticationTrailer.ts";
import { decoded } from "../protocol/packet/decoded.ts";
import { encodeVrrp, type VrrpAdvertisement } from "../protocol/vrrp.ts";

/** An advertisement as received, in the parts that a signature covers. */
interface Signed {
  readonly from: string;
  readonly message: Uint8Array;
  readonly trailer: Uint8Array | undefined;
}

interface Policy extends ReplayPolicy {
  readonly mode: "receive-only" | "permissive" | "enforce";
  readonly keys: readonly AuthenticationKey[];
  readonly signingKey: AuthenticationKey | undefined;
}

export class VrrpSigner {
  #source: string;
  #policy: Policy | undefined;
  #memory: ReplayMemory;
  #lastSequence: bigint | undefined;

  constructor(config: VrrpRouterDocument) {
    this.#source = config.sourceAddress;
    this.#policy = policyOf(config);
    this.#memory = emptyReplayMemory(config.peers.length);
  }

  /** Takes other keys or another mode; what was heard stays heard, so that a rotation opens no door to replays. */
  reconfigure(config: VrrpRouterDocument): void {
    this.#source = config.sourceAddress;
    this.#policy = policyOf(config);
    this.#memory = { ...this.#memory, capacity: emptyReplayMemory(config.peers.length).capacity };
  }

  /** An advertisement as bytes, by destination. Signed once: the signature is the same for all. */
  messageFor(advertisement: VrrpAdvertisement, wallClockMs: number): (destination: string) => Uint8Array {
    const source = this.#source;
    const trailer = this.#trailerFor(advertisement, wallClockMs);
    return (destination) => encodeVrrp(advertisement, { source, destination }, trailer);
  }

  /** Whether an advertisement is the group's, and signed as it should be. */
  verify({ from, message, trailer }: Signed, wallClockMs: number): Verification["verdict"] {
    // An own one that came back tells of a loop or of an address used twice: the election is to say so.
    if (this.#policy === undefined || from === this.#source) return decoded("unsigned");
    const clock = clockSequence(wallClockMs);
    const { memory, verdict } = verifyAuthentication(this.#memory, this.#policy, { from, message, trailer }, clock);
    this.#memory = memory;
    return verdict;
  }

  #trailerFor(advertisement: VrrpAdvertisement, wallClockMs: number): Uint8Array | undefined {
    const policy = this.#policy;
    if (policy?.signingKey === undefined) return undefined;
    const sequence = nextSequence(this.#lastSequence, clockSequence(wallClockMs), policy);
    this.#lastSequence = sequence;
    const source = this.#source;
    // Neither destination nor checksum is signed, so any message will do.
    const message = encodeVrrp(advertisement, { source, destination: source });
    return signatureTrailer(message, { source, key: policy.signingKey, sequence });
  }
}

function policyOf({ authentication, advertisementInterval }: VrrpRouterDocument): Policy | undefined {
  if (authentication === undefined) return undefined;
  const { mode, active, replay, window } = authentication;
  const keys = authentication.keys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret, "hex") }));
  const signingKey = mode === "receive-only" ? undefined : keys.find(({ id }) => id === active);
  return { mode, keys, signingKey, replay, windowMicros: window ?? defaultWindowMicros(advertisementInterval) };
}

/** Models of the hosts that share a group with this agent: OpenBSD's carp(4) and ucarp, by the rules of the ledger (C5, C6). */
import type { CarpClaim } from "../../agent/election/carp/claim.ts";

export interface ForeignConfig {
  readonly system: "openbsd" | "ucarp";
  readonly address: string;
  readonly advertisementBase: number;
  readonly advertisementSkew: number;
  readonly preempt: boolean;
}

const MICROS_PER_SECOND = 1_000_000;

/** tv(base, skew) of the ledger. */
function tv(base: number, skew: number): number {
  return base * MICROS_PER_SECOND + Math.floor((skew * MICROS_PER_SECOND) / 256);
}

/** A 32-bit address as a little-endian machine reads it. */
function word(address: string): number {
  return new DataView(Uint8Array.from(address.split("."), Number).buffer).getUint32(0, true);
}

export class ForeignHost {
  readonly config: ForeignConfig;
  role: "initialize" | "backup" | "master" = "initialize";
  demotion = 0;
  deadline: number | undefined;
  readonly #send: (claim: CarpClaim) => void;

  constructor(config: ForeignConfig, send: (claim: CarpClaim) => void) {
    this.config = config;
    this.#send = send;
  }

  start(nowMicros: number): void {
    this.#becomeBackup(nowMicros);
  }

  /** OpenBSD bows out (C6-q); ucarp just ends. */
  stop(): void {
    const bowsOut = this.config.system === "openbsd" && this.role === "master";
    this.role = "initialize";
    this.deadline = undefined;
    if (bowsOut) this.#send({ ...this.#claim, advertisementBase: 255, advertisementSkew: 255 });
  }

  /** C7-d: a master tells its demotion at once. */
  demote(demotion: number, nowMicros: number): void {
    this.demotion = demotion;
    if (this.role === "master") this.#advertise(nowMicros);
  }

  tick(nowMicros: number): void {
    if (this.deadline === undefined || nowMicros < this.deadline) return;
    this.role = "master";
    this.#advertise(nowMicros);
  }

  hears(from: string, claim: CarpClaim, nowMicros: number): void {
    if (this.role === "master" && this.#yields(from, claim)) {
      // C6-k: ucarp makes sure that the new master announces.
      if (this.config.system === "ucarp") this.#send(this.#claim);
      this.#becomeBackup(nowMicros);
    } else if (this.role === "backup" && this.#takesOver(claim)) {
      this.role = "master";
      this.#advertise(nowMicros);
    } else if (this.role === "backup") {
      this.#becomeBackup(nowMicros);
    }
  }

  get #claim(): CarpClaim {
    const { advertisementBase, advertisementSkew, system } = this.config;
    const demotion = system === "openbsd" ? this.demotion : 0;
    return { virtualHostId: 10, advertisementBase, advertisementSkew, demotion };
  }

  /** C6-i, C6-j. */
  #yields(from: string, claim: CarpClaim): boolean {
    const { system, address, advertisementBase, advertisementSkew } = this.config;
    const me = tv(advertisementBase, advertisementSkew);
    const peer = tv(claim.advertisementBase, claim.advertisementSkew);
    switch (system) {
      case "openbsd":
        return (me >= peer && claim.demotion <= this.demotion) || claim.demotion < this.demotion;
      case "ucarp":
        return me > peer || (me === peer && word(from) < word(address));
    }
  }

  /** C6-d, C6-e, C6-f. */
  #takesOver(claim: CarpClaim): boolean {
    const { system, preempt, advertisementBase, advertisementSkew } = this.config;
    const peer = tv(claim.advertisementBase, claim.advertisementSkew);
    const faster = preempt && tv(advertisementBase, advertisementSkew) < peer;
    const tooSlow = tv(3 * advertisementBase, advertisementSkew) < peer;
    switch (system) {
      case "openbsd":
        return (
          (faster && claim.demotion >= this.demotion) ||
          claim.demotion > this.demotion ||
          (tooSlow && advertisementBase > 0)
        );
      case "ucarp":
        return faster || tooSlow;
    }
  }

  #becomeBackup(nowMicros: number): void {
    this.role = "backup";
    this.deadline = nowMicros + tv(3 * this.config.advertisementBase, this.config.advertisementSkew);
  }

  #advertise(nowMicros: number): void {
    this.deadline = nowMicros + tv(this.config.advertisementBase, this.config.advertisementSkew);
    this.#send(this.#claim);
  }
}

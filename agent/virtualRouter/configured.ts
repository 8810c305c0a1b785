/** What of a virtual router follows from its configuration alone. */
import { isDeepStrictEqual } from "node:util";
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { sharedAddressesOf } from "../interfaces/addressOwnership.ts";

export abstract class Configured {
  #config: VirtualRouterConfig;
  #addresses: readonly string[];

  protected constructor(config: VirtualRouterConfig) {
    this.#config = config;
    this.#addresses = sharedAddressesOf(config);
  }

  get config(): VirtualRouterConfig {
    return this.#config;
  }

  get name(): string {
    return this.#config.name;
  }

  /** The shared addresses, without prefix lengths. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  get protocol(): VirtualRouterConfig["protocol"] {
    return this.#config.protocol;
  }

  get virtualRouterId(): number {
    return this.#config.virtualRouterId;
  }

  get sourceAddress(): string {
    return this.#config.sourceAddress;
  }

  get peers(): readonly string[] {
    return this.#config.peers;
  }

  get multicast(): boolean {
    return this.#config.multicast;
  }

  get minimumTtl(): number {
    return this.#config.minimumTtl;
  }

  /** Takes another configuration of the same virtual router. @returns whether anything is different. */
  protected replaceConfig(config: VirtualRouterConfig): boolean {
    if (isDeepStrictEqual(config, this.#config)) return false;
    this.#config = config;
    this.#addresses = sharedAddressesOf(config);
    return true;
  }
}

/** Rules of the two protocols: each VIP is configured in the words of its own. */
import { CARP_PASSWORD_BYTES } from "../../../agent/config/schema/virtualRouter.ts";
import { keyName } from "../../schema/explain.ts";
import type { Problem } from "../../schema/problem.ts";
import type { VipConfig } from "../../schema/schema.ts";
import { UNSIGNED } from "../../schema/vipSchema.ts";
import type { Draft } from "../../stackFile/shape.ts";
import { keyRules } from "./authentication.ts";

type Protocol = VipConfig["protocol"];

/** Words of one protocol, and what to do about them in a VIP of the other. */
const WORDS: Readonly<Record<Protocol, Readonly<Partial<Record<keyof VipConfig, string>>>>> = {
  vrrp: {
    advertisementInterval: "write advertisementBase, in whole seconds",
    acceptMode: "remove it; CARP accepts packets to its addresses",
    virtualMac: "remove it",
  },
  carp: {
    advertisementBase: "write advertisementInterval, such as 1s",
    skews: "write priorities; the highest is master",
    dialect: "remove it",
  },
};

const OTHER: Readonly<Record<Protocol, Protocol>> = { vrrp: "carp", carp: "vrrp" };

/** No VIP has a word of the other protocol, and each the authentication that its own takes. */
export function protocolRules({ vips }: Draft): readonly Problem[] {
  return [...vips].flatMap(([name, vip]) => [...foreignWords(name, vip), ...authenticationRules(name, vip)]);
}

function foreignWords(name: string, vip: VipConfig): readonly Problem[] {
  const other = OTHER[vip.protocol];
  return Object.entries(WORDS[other]).flatMap(([word, remedy]) => {
    const value = vip[word as keyof VipConfig];
    if (value === undefined || (word === "skews" && Object.keys(vip.skews).length === 0)) return [];
    const why = `is a word of ${other}, and this VIP's protocol is ${vip.protocol}`;
    return [{ key: keyName(["vips", name, word]), why, remedy }];
  });
}

function authenticationRules(name: string, { protocol, authentication }: VipConfig): readonly Problem[] {
  const at = ["vips", name, "authentication"];
  const key = keyName(at);
  switch (protocol) {
    case "vrrp":
      return authentication === undefined ? [] : keyRules(at, authentication);
    case "carp": {
      const remedy = `set it with: pulumi config set --secret --path vips.${name}.authentication`;
      if (authentication === undefined)
        return [{ key, why: "is missing: CARP has no group without a password", remedy }];
      if (authentication === UNSIGNED) {
        return [{ key, why: `is "${UNSIGNED}": CARP has no group without a password, and that is not one`, remedy }];
      }
      if (typeof authentication !== "string") {
        return [{ key, why: "is a map of keys, and CARP has one password", remedy }];
      }
      const octets = Buffer.byteLength(authentication);
      const { min, max } = CARP_PASSWORD_BYTES;
      if (octets > max) {
        const why = `has ${octets} octets, and of more than ${max} other implementations of CARP keep only a part`;
        return [{ key, why, remedy: `take a password of ${min} to ${max} octets, and ${remedy}` }];
      }
      if (!authentication.includes("\0")) return [];
      return [{ key, why: "has a NUL in it, where other implementations of CARP end a password", remedy }];
    }
  }
}

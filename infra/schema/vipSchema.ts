/** One VIP of a stack's configuration. What the agent's document has too is written in the document's words. */
import { z } from "zod";
import { interfaceName } from "../../agent/config/fields/fields.ts";
import { authentication as documentAuthentication } from "../../agent/config/schema/authentication.ts";
import {
  ADVERTISEMENT_INTERVAL_MICROS,
  carp,
  VIRTUAL_ROUTER_ID,
  vrrp,
} from "../../agent/config/schema/virtualRouter.ts";
import { tracked } from "./checkFields.ts";
import { asInDocument } from "./documentField.ts";
import { durationWithin, ipv4, noted, priority, program, secret, secretText } from "./fields.ts";
import { publicAddress } from "./publicSchema.ts";

/** Keys that go into the document as they are; those of one protocol are refused in the other by rules/protocols.ts. */
const documentFields = {
  preemptDelay: asInDocument(vrrp.shape.preemptDelay).optional(),
  startupDelay: asInDocument(vrrp.shape.startupDelay).optional(),
  multicast: asInDocument(vrrp.shape.multicast).optional(),
  minimumTtl: asInDocument(vrrp.shape.minimumTtl).optional(),
  lease: asInDocument(vrrp.shape.lease).optional(),
  announcement: asInDocument(vrrp.shape.announcement).optional(),
  acceptMode: asInDocument(vrrp.shape.acceptMode).optional(),
  virtualMac: asInDocument(vrrp.shape.virtualMac).optional(),
  advertisementBase: asInDocument(carp.shape.advertisementBase).optional(),
  dialect: asInDocument(carp.shape.dialect).optional(),
};

const SET_SECRET = "set it with: pulumi config set --secret --path PATH";

/** Beside the keys everything has the document's words, and nothing is ever shown: a key may have been put anywhere. */
const keyRing = secret(
  z.strictObject({
    mode: asInDocument(documentAuthentication.shape.mode).optional(),
    /** Absent: the stack's own, which need not be made or kept. */
    keys: secret(
      z
        .record(z.string(), secretText(SET_SECRET))
        .refine((keys) => Object.keys(keys).length > 0, { error: "is empty" }),
      `${SET_SECRET}.1`,
    ).optional(),
    active: asInDocument(documentAuthentication.shape.active).optional(),
    replay: asInDocument(documentAuthentication.shape.replay).optional(),
    window: asInDocument(documentAuthentication.shape.window).optional(),
  }),
  "write { mode }, or { mode, keys: { 1: KEY }, active: 1 }",
);

const hookFields = vrrp.shape.hooks.unwrap().shape;
const hook = () => program("write a program, such as /usr/local/bin/on-master, or a list of it and its arguments");

const hooks = z.strictObject({
  prepare: hook().optional(),
  prepareTimeout: asInDocument(hookFields.prepareTimeout).optional(),
  up: hook().optional(),
  down: hook().optional(),
  timeout: asInDocument(hookFields.timeout).optional(),
});

const alias = z.strictObject({
  /** Follows the VIP from node to node. Without an interface of its own it is an address of the private network. */
  address: ipv4("write one address, such as 203.0.113.10"),
  /** The interface it is put on. Default: the one of the private network. */
  interface: asInDocument(interfaceName("ens4")).optional(),
  /** Whether the node that holds it uses it as its source on that interface's default route. */
  preferredSource: noted(z.boolean(), "write true or false").optional(),
});

export const vip = z.strictObject({
  /** The shared address, one of the private network. */
  address: ipv4(
    "write one address of the network, such as 10.25.0.10; it is allowed on its nodes' ports as just that /32",
  ),
  /** More addresses that are always where the shared one is. */
  alias: noted(z.array(noted(alias, "write { address, interface }")), "write a list of { address, interface }").default(
    [],
  ),
  protocol: noted(z.enum(["vrrp", "carp"]), "write vrrp or carp"),
  /** RFC 9568 5.2.3, CARP's vhid: says which election an advertisement is about, so one of its own on the network. */
  virtualRouterId: noted(
    z.int().min(VIRTUAL_ROUTER_ID.min).max(VIRTUAL_ROUTER_ID.max),
    "write a whole number from 1 to 255 that no other virtual router of the network has",
  ),
  /** VRRP, default 1s. A lost master is missed after three of these and a little more. */
  advertisementInterval: durationWithin(
    ADVERTISEMENT_INTERVAL_MICROS,
    "write a duration such as 1s or 100ms",
  ).optional(),
  /** Whether a node takes the address back from a lower one when it returns. If not, whoever is up first keeps it. */
  preempt: noted(z.boolean(), "write true or false").default(true),
  /** Priorities for this VIP, over the nodes' own: two VIPs can so live on two nodes. */
  priorities: noted(z.record(z.string(), priority()), "write { NODE: PRIORITY }").default({}),
  /** CARP: advertisement skews over those that follow from the priorities (254 less the priority); the lowest is master. */
  skews: noted(
    z.record(z.string(), asInDocument(carp.shape.advertisementSkew.unwrap())),
    "write { NODE: SKEW }, 0 to 254; the lowest is master",
  ).default({}),
  /**
   * CARP: the group's password. VRRP: `none`, a key in hexadecimal, or several with what to do with them. Default: VRRP is
   * signed with the stack's own keys.
   */
  authentication: secret(
    z.union([z.string().min(1), keyRing], { error: "is neither a text nor a map of keys" }),
    SET_SECRET,
  ).optional(),
  /** What a node must be able to do to hold the VIP: a check, or the name of one, and what its failure costs. */
  track: noted(
    z.record(z.string(), tracked()),
    "write { CHECK: DEMOTION }, or { CHECK: { ping: ADDRESS, demote: 60 } }",
  ).default({}),
  hooks: noted(hooks, "write { up, down, timeout }").optional(),
  ...documentFields,
  /** How the world reaches the VIP. Absent: it does not. */
  public: noted(publicAddress, "write { floatingIp: { pool: Ext-Net } }, or leave the key out").optional(),
});

/** VRRP without signatures. */
export const UNSIGNED = "none";

export type VipConfig = z.output<typeof vip>;

/** VRRP's keys as they are written one by one. */
export type KeyRingConfig = z.output<typeof keyRing>;

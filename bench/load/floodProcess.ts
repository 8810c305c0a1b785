/**
 * A process of its own in a stranger's namespace: floods a node with advertisements of priority 255 that are right but for
 * who sends them. Arguments: own address, the node's, packets a second.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { RawSocket } from "../../agent/linux/sockets/rawSocket.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";
import { nowMs } from "../../lab/drills/clock.ts";
import { SHARED_IPV4, VIRTUAL_ROUTER_ID } from "../daemons/daemon.ts";

/** The timer's own fineness. */
const BATCH_MS = 2;
/** A flood that falls behind further goes on from there, so that its rate is never exceeded for long. */
const MOST_BEHIND_MS = 50;

const [source = "", destination = "", rate = ""] = process.argv.slice(2);
const link = { name: "eth0", index: Number(readFileSync("/sys/class/net/eth0/ifindex", "utf8")) };
const socket = new RawSocket({ link, source, multicast: false });
const message = {
  virtualRouterId: VIRTUAL_ROUTER_ID,
  priority: 255,
  maxAdvertiseIntervalCentis: 100,
  addresses: [SHARED_IPV4],
};
const packet = encodeVrrp(message, { source, destination });
const perMs = Number(rate) / 1_000;

let untilMs = nowMs();
for (;;) {
  await sleep(BATCH_MS);
  const fromMs = Math.max(untilMs, nowMs() - MOST_BEHIND_MS);
  untilMs = nowMs();
  for (let left = Math.round((untilMs - fromMs) * perMs); left > 0; left -= 1) socket.send(destination, packet);
}

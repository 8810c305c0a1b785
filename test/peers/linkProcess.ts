/** A peer link as a process of its own, to be killed, frozen and starved. Its argument is what it needs to know; its events go to its parent. */
import { PeerLink } from "../../agent/peers/peerLink.ts";
import { Ear, type Heard, type LinkConfig, web } from "./link.ts";

export interface Order {
  readonly node: number;
  readonly config: LinkConfig;
}

class Forwarder extends Ear {
  override add(event: Heard): void {
    process.send?.(event);
  }
}

const order = JSON.parse(process.argv[2] ?? "") as Order;
const link = new PeerLink(order.config, `edge-${order.node}`, new Forwarder());
link.publish([web(order.node, "backup")]);
await link.start();
process.on("disconnect", () => process.exit());
process.on("message", (reason: string) => {
  void link.stop(reason).then(() => process.exit());
});

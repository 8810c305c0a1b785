/** Peer links that are processes of their own, with what they tell kept here. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { Ear, type Heard } from "./link.ts";
import type { Order } from "./linkProcess.ts";

export interface LinkProcess {
  readonly process: ChildProcess;
  readonly ear: Ear;
}

/** Starts one, in a network namespace or here; the caller ends it. It also ends with this process. */
export function startLink(order: Order, namespace?: string): LinkProcess {
  const ear = new Ear();
  const loader = ["--import", "tsx"];
  const options =
    namespace === undefined
      ? { execArgv: loader }
      : { execPath: "ip", execArgv: ["netns", "exec", namespace, process.execPath, ...loader] };
  const child = fork(join(import.meta.dirname, "linkProcess.ts"), [JSON.stringify(order)], options);
  child.on("message", (event) => {
    ear.add(event as Heard);
  });
  return { process: child, ear };
}

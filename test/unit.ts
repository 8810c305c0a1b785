/** `npm run test:unit`: every test that needs no root, several files at a time. No file gets a second try. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../toolchain/places.ts";
import { reportAndExit } from "../toolchain/userError.ts";
import { runTests } from "./check/run.ts";

/** These take longest, so they begin first and none is left running alone in the end. */
const LONG_ROOMS = ["clouds", "simulation", "explore", "peers", "health"];

function unitTests(): readonly string[] {
  const placeOf = (path: string): number => {
    const place = LONG_ROOMS.indexOf(path.split("/")[1] ?? "");
    return place < 0 ? LONG_ROOMS.length : place;
  };
  return readdirSync(join(CHECKOUT, "test"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => `test/${path}`)
    .sort((one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : 1));
}

await reportAndExit(async () => {
  const { status } = await runTests(CHECKOUT, unitTests());
  process.exitCode = status;
});

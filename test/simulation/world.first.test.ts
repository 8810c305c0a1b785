/** Whole groups, simulated: the first half of the row of seeds that every run of the tests goes through. */
import { keepsWhatIsPromised } from "./worldSuite.ts";

describe("a group keeps what is promised, whatever befalls it", function () {
  this.timeout(600_000);
  keepsWhatIsPromised(1, 75, 15);
});

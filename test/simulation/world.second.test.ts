/** Whole groups, simulated: the second half of the row of seeds, in a file of its own so that both run at once. */
import { keepsWhatIsPromised } from "./worldSuite.ts";

describe("a group keeps what is promised, whatever befalls it", function () {
  this.timeout(600_000);
  keepsWhatIsPromised(76, 150, 15);
});

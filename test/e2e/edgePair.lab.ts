/** The main job end to end on the doubles. */
import { describeEdgePair } from "./edgePair.ts";

describeEdgePair("doubles");

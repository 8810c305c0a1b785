/** The main job end to end on a real OpenStack: the same program, servers and drills as on the doubles. */
import { describeEdgePair } from "../e2e/edgePair.ts";

describeEdgePair("openstack");

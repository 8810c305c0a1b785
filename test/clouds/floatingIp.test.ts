/** A floating IP that agents move, at Neutron's double. */
import { CloudUnderTest } from "../cloud/cloudUnderTest.ts";
import { describeMovedFloatingIp } from "./movedFloatingIp.ts";

describeMovedFloatingIp("Neutron's double", async () => {
  const api = await CloudUnderTest.start();
  const { authUrl, faults } = api.cloud;
  return { api, authUrl, faults, end: () => api.end() };
});

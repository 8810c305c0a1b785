/** The real OpenStack provider against the doubles, over paper machines. */
import { BIG_FLAVOR, CloudUnderTest, CREDENTIALS, FLAVOR, IMAGE, OTHER_IMAGE } from "./cloudUnderTest.ts";
import { describeProviderLifeCycle } from "./providerLifeCycle.ts";

describeProviderLifeCycle("the doubles", async () => {
  const doubles = await CloudUnderTest.start({ computeHosts: 2 });
  return {
    caller: doubles,
    authUrl: doubles.cloud.authUrl,
    credentials: CREDENTIALS,
    flavors: { small: FLAVOR, big: BIG_FLAVOR },
    images: { one: IMAGE, other: OTHER_IMAGE },
    isEmpty: () => Promise.resolve(doubles.hypervisor.plan?.servers.length === 0),
    end: () => doubles.end(),
  };
});

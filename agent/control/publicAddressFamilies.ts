/** The metrics of public addresses. */
import type { PublicAddressStatus } from "../publicAddress/routeDriver.ts";
import type { MetricFamily } from "./metricFamily.ts";

const LABELS = ["virtual_router", "address"] as const;
const MS_PER_SECOND = 1_000;

export const PUBLIC_ADDRESS_FAMILIES: readonly MetricFamily[] = [
  family("gauge", "vipf_public_address_here", "1 while a public address leads to this node.", ({ isHere }) =>
    isHere === null ? null : Number(isHere),
  ),
  family("gauge", "vipf_public_address_failures", "Failed calls of the cloud's API, in a row.", ({ trouble }) =>
    trouble === null ? 0 : trouble.failures,
  ),
  family("gauge", "vipf_public_address_api_lost", "1 while the API has been out of reach for 30 s.", (address) =>
    Number(address.isWitnessLost),
  ),
  family("counter", "vipf_public_address_requests_total", "Calls of the cloud's API.", ({ requests }) => requests),
  family("counter", "vipf_public_address_moves_total", "Calls that asked for a move.", ({ moves }) => moves),
  family("gauge", "vipf_public_address_move_seconds", "How long the latest move here took.", ({ lastMove }) =>
    lastMove === null ? null : lastMove.tookMs / MS_PER_SECOND,
  ),
];

function family(
  kind: MetricFamily["kind"],
  name: string,
  help: string,
  value: (address: PublicAddressStatus) => number | null,
): MetricFamily {
  return {
    kind,
    name,
    help,
    labels: LABELS,
    samples: ({ status }) =>
      status.publicAddresses.flatMap((address) => {
        const its = value(address);
        if (its === null) return [];
        return [{ labels: { virtual_router: address.virtualRouter, address: address.address }, value: its }];
      }),
  };
}

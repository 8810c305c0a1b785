/** Large stacks, for what must not grow faster than they do. */
import { exampleConfig } from "./stacks/exampleConfig.ts";

/** How large. */
export interface StackSize {
  readonly nodes: number;
  readonly vips: number;
  /** Of each VIP. */
  readonly checks: number;
}

/**
 * Every node is in every VIP's election, and every VIP has its own checks, of costs that add up to many sums.
 * @param demote what a check costs, by its index; the default moves the VIP off its master in each
 */
export function largeStack(
  { nodes, vips, checks }: StackSize,
  demote: (check: number) => number | "all" = (check) => 5 + (check % 40),
): Readonly<Record<string, unknown>> {
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);
  return {
    ...exampleConfig(),
    network: { cidr: "10.25.0.0/16" },
    nodes: Object.fromEntries(numbered(nodes).map((index) => [`edge-${index + 1}`, { priority: 254 - 3 * index }])),
    vips: Object.fromEntries(
      numbered(vips).map((index) => [
        `vip-${index + 1}`,
        {
          address: `10.25.100.${index + 1}`,
          protocol: "vrrp",
          virtualRouterId: index + 1,
          track: Object.fromEntries(
            numbered(checks).map((check) => [`check-${check + 1}`, { ping: "192.0.2.1", demote: demote(check) }]),
          ),
        },
      ]),
    ),
  };
}

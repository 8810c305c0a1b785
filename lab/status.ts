/** A lab's status as people read it. */
import type { LabStatus } from "./control/api.ts";
import { table } from "./table.ts";

/** The region in two short tables: where it is reached, and its servers. */
export function describeStatus(status: LabStatus): string {
  const where = table([
    ["lab", `${status.name} (pid ${status.pid}, up since ${status.startedAt})`],
    ["cloud", status.cloud === "openstack" ? "a real OpenStack" : "doubles of the APIs"],
    ["APIs", status.authUrl],
    ["bastion", status.bastion],
    ["client host", `namespace ${status.clientNamespace}`],
    ["networks", status.networks.map(({ name, external }) => (external ? `${name} (external)` : name)).join(", ")],
  ]);
  if (status.servers.length === 0)
    return `${where}\n\nno servers yet: npm run pulumi -- up --stack ${status.cloud === "openstack" ? "local-openstack" : "local"}`;
  const servers = table([
    ["SERVER", "STATUS", "ADDRESSES", "ID"],
    ...status.servers.map(({ name, status: state, addresses, id }) => [name, state, addresses.join(", "), id]),
  ]);
  return `${where}\n\n${servers}`;
}

/** How Nova's compute service is started with the lab's virt driver, which asks at the lab's own socket. */
import { join } from "node:path";

/** Debian's own: the packages' modules are for it. */
const PYTHON = "/usr/bin/python3";
const LAUNCHER = join(import.meta.dirname, "..", "nova", "compute.py");

export const novaComputeProgram = (hypervisorSocket: string) =>
  ({
    argv: [PYTHON, LAUNCHER],
    driver: "vipf.VipfDriver",
    environment: { VIPF_HYPERVISOR_SOCKET: hypervisorSocket },
  }) as const;

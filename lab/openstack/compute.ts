/** How nova-compute is started. Its package is not installed, which only adds qemu and libvirt: its code is Nova's. */
import type { ComputeProgram } from "./services.ts";

const PYTHON = "/usr/bin/python3";

/** Nova's own double of a hypervisor: servers become active and are nowhere. */
export const FAKE_COMPUTE: ComputeProgram = {
  argv: [PYTHON, "-c", 'import sys; sys.argv[0] = "nova-compute"; from nova.cmd.compute import main; sys.exit(main())'],
  driver: "fake.FakeDriver",
  environment: {},
};

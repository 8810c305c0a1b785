"""Starts nova-compute with this lab's own virt driver, `compute_driver = vipf.VipfDriver`, beside those that Nova brings.

Debian's package nova-compute only adds qemu and libvirt: the service itself is in python3-nova.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent

# Nothing is written beside the sources, and nothing here is taken for a module of another name.
sys.dont_write_bytecode = True
sys.path[:] = [entry for entry in sys.path if pathlib.Path(entry).resolve() != HERE]
# oslo.config finds a service's files, and oslo.log its name, by this.
sys.argv[0] = "nova-compute"

# First of all: this patches the standard library for eventlet.
from nova.cmd.compute import main  # noqa: E402

import nova.virt  # noqa: E402

nova.virt.__path__.append(str(HERE))

if __name__ == "__main__":
    sys.exit(main())

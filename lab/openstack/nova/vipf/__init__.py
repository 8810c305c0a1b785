"""Nova's servers as system containers of the vip-failover lab."""

from nova.virt.vipf.driver import VipfDriver

__all__ = ["VipfDriver"]

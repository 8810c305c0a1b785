"""Nova's words for a server and its cards, said as the lab's daemon takes them (lab/openstack/compute/words.ts)."""

import base64

from nova.api.metadata import base as instance_metadata

# What a network without a word on it has.
DEFAULT_MTU = 1500


def server(instance, network_info, injected_files=None, admin_password=None):
    """Everything a server is made of. The config drive is made by Nova's own hand, as for any other hypervisor."""
    extra = {"admin_pass": admin_password} if admin_password else {}
    metadata = instance_metadata.InstanceMetadata(
        instance, content=injected_files, extra_md=extra, network_info=network_info
    )
    return {
        "hostname": _host_name(instance),
        "imageId": instance.image_ref,
        "files": {path: _encoded(data) for path, data in metadata.metadata_for_config_drive()},
        "ports": [port(vif) for vif in network_info],
    }


def port(vif):
    """A card: what os-vif would need of it, and the addresses that DHCP would give."""
    network = vif["network"]
    return {
        "id": vif["id"],
        "networkId": network["id"],
        "mac": vif["address"].lower(),
        "mtu": network["meta"].get("mtu") or DEFAULT_MTU,
        "external": network["meta"].get("physical_network") is not None,
        "addresses": [_address(subnet, ip) for subnet in network["subnets"] for ip in subnet["ips"]],
    }


def _host_name(instance):
    """Nova lets letters of Western Europe pass, which a machine cannot be called by."""
    name = "".join(letter for letter in instance.hostname if letter.isascii()).strip(".-")
    return name or f"server-{instance.uuid}"


def _address(subnet, ip):
    gateway = (subnet["gateway"] or {}).get("address")
    address = {"address": ip["address"], "prefixLength": int(subnet["cidr"].split("/")[1])}
    return {**address, "gateway": gateway} if gateway else address


def _encoded(data):
    return base64.b64encode(data.encode("utf-8") if isinstance(data, str) else data).decode("ascii")

"""The virt driver: what Nova's compute service wants done, asked of the lab's daemon. It keeps nothing itself."""

import eventlet
import eventlet.timeout
import nova.conf
import os_resource_classes as orc
from nova import context as nova_context
from nova import exception
from nova import objects
from nova import utils
from nova.compute import power_state
from nova.objects import fields
from nova.virt import driver
from nova.virt import event as virtevent
from nova.virt import hardware
from nova.virt.vipf import words
from nova.virt.vipf.hypervisor import Hypervisor, NotThere, Refused
from oslo_log import log as logging
from oslo_serialization import jsonutils

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)

# A host that no server of a lab can fill: what limits a lab is the real machine, which Nova does not see.
VCPUS, MEMORY_MB, DISK_GB = 1000, 800_000, 600_000

# Nova does not hear of a server that it is busy with, so a machine that has ended is reported again, as libvirt's driver does late.
STOPPED_AGAIN_SECONDS = (0, 3, 15)
RECONNECT_SECONDS = 1

POWER = {"on": power_state.RUNNING, "off": power_state.SHUTDOWN}


class VipfDriver(driver.ComputeDriver):
    """Servers that are systemd-nspawn machines on the lab's host, plugged into Neutron's bridges."""

    capabilities = dict(
        driver.ComputeDriver.capabilities,
        supports_attach_interface=True,
        supports_image_type_raw=True,
        supports_image_type_qcow2=True,
    )

    def init_host(self, host):
        self._host = host
        self._hypervisor = Hypervisor(host)
        instances = objects.InstanceList.get_by_host(nova_context.get_admin_context(), host)
        self._hypervisor.ask("POST", "/inventory", {"serverIds": [instance.uuid for instance in instances]})
        utils.spawn(self._listen)

    # What there is.

    def get_info(self, instance, use_cache=True):
        try:
            power = self._hypervisor.server("GET", instance.uuid)["power"]
        except NotThere:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        return hardware.InstanceInfo(state=POWER[power])

    def list_instance_uuids(self):
        return [server["serverId"] for server in self._hypervisor.ask("GET", "/servers")["servers"]]

    def list_instances(self):
        uuids = self.list_instance_uuids()
        if not uuids:
            return []
        instances = objects.InstanceList.get_by_filters(nova_context.get_admin_context(), {"uuid": uuids})
        return [instance.name for instance in instances]

    def get_available_nodes(self, refresh=False):
        return [self._host]

    def get_host_ip_addr(self):
        return CONF.my_ip

    def get_available_resource(self, nodename):
        kind = (fields.Architecture.X86_64, fields.HVType.LXC, fields.VMMode.EXE)
        return {
            "vcpus": VCPUS,
            "memory_mb": MEMORY_MB,
            "local_gb": DISK_GB,
            "vcpus_used": 0,
            "memory_mb_used": 0,
            "local_gb_used": 0,
            "disk_available_least": DISK_GB,
            "hypervisor_type": "vipf",
            "hypervisor_version": 1,
            "hypervisor_hostname": nodename,
            "cpu_info": jsonutils.dumps({"arch": fields.Architecture.X86_64}),
            "supported_instances": [kind],
            "numa_topology": None,
        }

    def update_provider_tree(self, provider_tree, nodename, allocations=None):
        ratios = self._get_allocation_ratios(provider_tree.data(nodename).inventory)
        totals = {orc.VCPU: VCPUS, orc.MEMORY_MB: MEMORY_MB, orc.DISK_GB: DISK_GB}
        reserved = {
            orc.VCPU: CONF.reserved_host_cpus,
            orc.MEMORY_MB: CONF.reserved_host_memory_mb,
            orc.DISK_GB: self._get_reserved_host_disk_gb_from_config(),
        }
        provider_tree.update_inventory(
            nodename,
            {
                resource: {
                    "total": total,
                    "min_unit": 1,
                    "max_unit": total,
                    "step_size": 1,
                    "allocation_ratio": ratios[resource],
                    "reserved": reserved[resource],
                }
                for resource, total in totals.items()
            },
        )

    def get_console_output(self, context, instance):
        # Nova takes bytes, and would encode text as Latin-1.
        return self._hypervisor.server("GET", instance.uuid, "/console")["text"].encode("utf-8")

    # A server's life.

    def spawn(
        self,
        context,
        instance,
        image_meta,
        injected_files,
        admin_password,
        allocations,
        network_info=None,
        block_device_info=None,
        power_on=True,
        accel_info=None,
    ):
        self._define(instance, network_info, injected_files, admin_password)
        if power_on:
            self._plug_and_start(instance, network_info)

    def destroy(
        self,
        context,
        instance,
        network_info,
        block_device_info=None,
        destroy_disks=True,
        destroy_secrets=True,
    ):
        self._remove(instance, destroy_disks)

    def cleanup(
        self,
        context,
        instance,
        network_info,
        block_device_info=None,
        destroy_disks=True,
        migrate_data=None,
        destroy_vifs=True,
        destroy_secrets=True,
    ):
        self._remove(instance, destroy_disks)

    def power_off(self, instance, timeout=0, retry_interval=0):
        try:
            self._hypervisor.server("POST", instance.uuid, "/stop", {"graceSeconds": timeout})
        except NotThere:
            # After a restart of the lab, a server that was off is not known until it is started.
            LOG.debug("Nothing to power off", instance=instance)

    def power_on(self, context, instance, network_info, block_device_info=None, accel_info=None):
        self._define(instance, network_info)
        self._plug_and_start(instance, network_info)

    def reboot(
        self,
        context,
        instance,
        network_info,
        reboot_type,
        block_device_info=None,
        bad_volumes_callback=None,
        accel_info=None,
    ):
        self._define(instance, network_info)
        self._hypervisor.server("POST", instance.uuid, "/reboot", {"how": reboot_type.lower()})

    def resume_state_on_host_boot(self, context, instance, network_info, block_device_info=None):
        # Nova's own ear for Neutron's events is not open yet, so there is nothing to wait for.
        self._define(instance, network_info)
        self._hypervisor.server("POST", instance.uuid, "/start")

    # Its cards.

    def plug_vifs(self, instance, network_info):
        """Nothing to do: cards are plugged in when their server starts."""

    def unplug_vifs(self, instance, network_info):
        """Nothing to do: cards are unplugged when their server ends."""

    def attach_interface(self, context, instance, image_meta, vif):
        try:
            self._hypervisor.server("POST", instance.uuid, "/ports", words.port(vif))
        except Refused:
            LOG.exception("Port %s could not be plugged in", vif["id"], instance=instance)
            raise exception.InterfaceAttachFailed(instance_uuid=instance.uuid)

    def detach_interface(self, context, instance, vif):
        try:
            self._hypervisor.server("DELETE", instance.uuid, f"/ports/{vif['id']}")
        except Refused:
            LOG.exception("Port %s could not be unplugged", vif["id"], instance=instance)
            raise exception.InterfaceDetachFailed(instance_uuid=instance.uuid)

    # From host to host. All hosts find the same disk.

    def check_instance_shared_storage_local(self, context, instance):
        return {"vipf": instance.uuid}

    def check_instance_shared_storage_remote(self, context, data):
        return "vipf" in data

    def migrate_disk_and_power_off(
        self,
        context,
        instance,
        dest,
        flavor,
        network_info,
        block_device_info=None,
        timeout=0,
        retry_interval=0,
    ):
        self.power_off(instance, timeout, retry_interval)
        return jsonutils.dumps({})

    def finish_migration(
        self,
        context,
        migration,
        instance,
        disk_info,
        network_info,
        image_meta,
        resize_instance,
        allocations,
        block_device_info=None,
        power_on=True,
    ):
        self._define(instance, network_info)
        if power_on:
            self._plug_and_start(instance, network_info)

    def confirm_migration(self, context, migration, instance, network_info):
        """Nothing is left on the source: the server went with its disk."""

    def finish_revert_migration(
        self, context, instance, network_info, migration, block_device_info=None, power_on=True
    ):
        self._define(instance, network_info)
        if power_on:
            self._plug_and_start(instance, network_info)

    # How.

    def _define(self, instance, network_info, injected_files=None, admin_password=None):
        definition = words.server(instance, network_info or [], injected_files, admin_password)
        self._hypervisor.server("PUT", instance.uuid, body=definition)

    def _remove(self, instance, with_disk):
        disk = "remove" if with_disk else "keep"
        self._hypervisor.server("POST", instance.uuid, "/remove", {"disk": disk})

    def _plug_and_start(self, instance, network_info):
        """Starts a server once Neutron says that it filters the ports, as libvirt's driver does with a paused guest."""
        deadline = CONF.vif_plugging_timeout
        down = [vif["id"] for vif in network_info or [] if vif.get("active", True) is False]
        events = [("network-vif-plugged", port_id) for port_id in down] if deadline else []
        try:
            with self.virtapi.wait_for_instance_event(
                instance, events, deadline=deadline, error_callback=self._plugging_failed
            ):
                self._hypervisor.server("POST", instance.uuid, "/plug")
        except eventlet.timeout.Timeout:
            LOG.warning("Neutron did not say in %s s that it filters %s", deadline, down, instance=instance)
            if CONF.vif_plugging_is_fatal:
                self._remove(instance, with_disk=False)
                raise exception.VirtualInterfaceCreateException()
        self._hypervisor.server("POST", instance.uuid, "/start")

    def _plugging_failed(self, event_name, instance):
        LOG.error("Neutron reports that %s failed", event_name, instance=instance)
        if CONF.vif_plugging_is_fatal:
            raise exception.VirtualInterfaceCreateException()

    def _listen(self):
        """Tells Nova at once of machines that end or start by themselves."""
        while True:
            try:
                for change in self._hypervisor.events():
                    if change is not None:
                        utils.spawn(self._tell, change["serverId"], change["power"])
            except Exception:
                LOG.exception("The stream of events broke off; listening again")
            eventlet.sleep(RECONNECT_SECONDS)

    def _tell(self, uuid, power):
        if power == "on":
            self.emit_event(virtevent.LifecycleEvent(uuid, virtevent.EVENT_LIFECYCLE_STARTED))
            return
        for seconds in STOPPED_AGAIN_SECONDS:
            eventlet.sleep(seconds)
            try:
                if self._hypervisor.server("GET", uuid)["power"] != "off":
                    return
            except NotThere:
                return
            self.emit_event(virtevent.LifecycleEvent(uuid, virtevent.EVENT_LIFECYCLE_STOPPED))

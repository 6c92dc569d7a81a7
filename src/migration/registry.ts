import { type CommandSpec, commandDriver, type DriverPlace } from './command-driver.js';
import { type DriverDescription, type MigrationDriver, MigrationFault } from './driver.js';
import { COMMAND } from './drivers/command.js';
import { CRIU } from './drivers/criu.js';
import { HYPERV } from './drivers/hyperv.js';
import { KUBEVIRT } from './drivers/kubevirt.js';
import { LIBVIRT } from './drivers/libvirt.js';
import { OPENSTACK } from './drivers/openstack.js';
import { OPENVZ } from './drivers/openvz.js';
import { pauseDriver } from './drivers/pause.js';
import { PROXMOX } from './drivers/proxmox.js';
import { qemuDriver } from './drivers/qemu.js';
import { VIRTUALBOX } from './drivers/virtualbox.js';
import { VMWARE } from './drivers/vmware.js';
import { XEN } from './drivers/xen.js';
import { XENSERVER } from './drivers/xenserver.js';

/** Drivers that are command lines. */
export const COMMAND_SPECS: readonly CommandSpec[] = [
  LIBVIRT,
  XEN,
  XENSERVER,
  VMWARE,
  HYPERV,
  VIRTUALBOX,
  OPENVZ,
  CRIU,
  PROXMOX,
  OPENSTACK,
  KUBEVIRT,
  COMMAND,
];

/** Every driver by its name. */
export const DRIVER_NAMES: readonly string[] = [
  'qemu',
  'pause',
  ...COMMAND_SPECS.map((spec) => spec.description.name),
];

/** Makes the driver of that name. @throws MigrationFault listing the names there are */
export function migrationDriver(name: string, place: DriverPlace): MigrationDriver {
  if (name === 'qemu') {
    if (place.control !== null)
      throw new MigrationFault('driver qemu: reaches QMP sockets of this host, not over ssh');
    return qemuDriver();
  }
  if (name === 'pause') return pauseDriver(place);
  const spec = COMMAND_SPECS.find((one) => one.description.name === name);
  if (spec === undefined)
    throw new MigrationFault(`no driver '${name}'; there are ${DRIVER_NAMES.join(', ')}`);
  return commandDriver(spec, place);
}

/** What the drivers are, for help and documentation. */
export function driverDescriptions(): readonly DriverDescription[] {
  const place = { control: null, env: {} };
  return DRIVER_NAMES.map((name) => migrationDriver(name, place).describe());
}

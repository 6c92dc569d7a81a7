import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What the lab runs, and the Debian package that has it. */
const TOOLS: readonly (readonly [package_: string, ...places: string[]])[] = [
  ['qemu-system-x86', '/usr/bin/qemu-system-x86_64'],
  ['busybox-static', '/bin/busybox', '/usr/bin/busybox'],
  ['cpio', '/usr/bin/cpio', '/bin/cpio'],
  ['iproute2', '/sbin/ip', '/usr/sbin/ip', '/bin/ip', '/usr/bin/ip'],
  ['e2fsprogs', '/sbin/mkfs.ext4', '/usr/sbin/mkfs.ext4'],
  ['gcc', '/usr/bin/gcc'],
];
const LIBVIRT: typeof TOOLS = [
  ['libvirt-daemon-system', '/usr/sbin/libvirtd'],
  ['libvirt-clients', '/usr/bin/virsh'],
  ['dbus', '/usr/bin/dbus-daemon'],
];

/**
 * Installs what is missing of QEMU and the tools that build the guest; only as root and only where BUSYHOUR_NO_APT is not set.
 * @throws Error naming what is missing and how to install it
 */
export function installPackages(libvirt = false): void {
  const wanted = libvirt ? [...TOOLS, ...LIBVIRT] : TOOLS;
  const missing = wanted.filter(([, ...places]) => !places.some(existsSync)).map(([name]) => name);
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  const may = process.getuid?.() === 0 && !process.env.BUSYHOUR_NO_APT && existsSync('/usr/bin/apt-get');
  if (!may) throw new Error(`missing on this host: ${missing.join(', ')}. Install as root: ${command}`);
  process.stderr.write(`system packages (${command}) ...\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...words: string[]): void => {
    execFileSync('apt-get', ['-qq', '-y', ...words], { env, stdio: ['ignore', 2, 2] });
  };
  try {
    apt('install', '--no-install-recommends', ...missing);
  } catch {
    // The package lists can be missing, or older than the archive.
    apt('update');
    apt('install', '--no-install-recommends', ...missing);
  }
}

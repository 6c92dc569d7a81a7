import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { BindingCapabilities } from '../transport/sctp.js';

/** One line of `busyhour doctor`. */
export interface HostCheck {
  readonly name: string;
  /** `bad`: runs fail or figures cannot be trusted. `warn`: worth knowing. */
  readonly level: 'ok' | 'warn' | 'bad';
  readonly found: string;
  /** What to do about it; null when there is nothing to do. */
  readonly remedy: string | null;
}

/** Where the checks look; tests point it at a folder of their own. */
export interface HostSources {
  /** Contents of a file under /proc or /sys, null when it is not there. */
  read(path: string): string | null;
  readonly cores: number;
}

export const thisHost: HostSources = {
  read: (path) => {
    try {
      return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
    } catch {
      return null;
    }
  },
  cores: cpus().length,
};

/** Socket buffer that carries 100 ms of 10 000 messages/s with room to spare. */
const SOCKET_BUFFER_BYTES_WANTED = 4 * 1024 * 1024;
const OPEN_FILES_WANTED = 1_024;

/** Every check, in the order in which a user reads them. */
export function checkHost(capabilities: BindingCapabilities, host: HostSources = thisHost): HostCheck[] {
  return [
    userSpaceEngine(capabilities),
    kernelEngine(capabilities),
    rawSockets(capabilities),
    kernelBesideRaw(capabilities, host),
    clockSource(host),
    socketBuffer(host, 'rmem_max', 'receive'),
    socketBuffer(host, 'wmem_max', 'send'),
    governor(host),
    openFiles(host),
    cores(host),
  ];
}

function userSpaceEngine(capabilities: BindingCapabilities): HostCheck {
  return capabilities.usrsctp
    ? ok('user-space SCTP', 'usrsctp, over UDP (carrier udp)')
    : bad('user-space SCTP', 'not built in', 'install libusrsctp-dev and run ./setup build');
}

function kernelEngine(capabilities: BindingCapabilities): HostCheck {
  if (capabilities.kernelAvailable) return ok('kernel SCTP', 'available (carrier kernel)');
  if (!capabilities.kernelCompiled) {
    return warn(
      'kernel SCTP',
      'not built in: linux/sctp.h was missing',
      'install linux-libc-dev and run ./setup build',
    );
  }
  return warn(
    'kernel SCTP',
    'this kernel opens no SCTP socket; carrier udp is used instead',
    'modprobe sctp, where the kernel has the module',
  );
}

function rawSockets(capabilities: BindingCapabilities): HostCheck {
  return capabilities.rawAvailable
    ? ok('raw sockets', 'permitted (carrier raw)')
    : warn(
        'raw sockets',
        'not permitted; carrier raw cannot be used',
        'run as root, or setcap cap_net_raw+ep "$(command -v node)"',
      );
}

function kernelBesideRaw(capabilities: BindingCapabilities, host: HostSources): HostCheck {
  const name = 'kernel SCTP beside raw';
  const loaded = capabilities.kernelAvailable || host.read('/proc/net/sctp/snmp') !== null;
  if (!loaded) return ok(name, 'the sctp module is not loaded; it cannot abort raw associations');
  return warn(
    name,
    'the sctp module is loaded and aborts associations of carrier raw, which it does not know',
    "use carrier kernel, or: nft add table inet busyhour && nft 'add chain inet busyhour out { type filter hook output priority 0; }'" +
      " && nft 'add rule inet busyhour out sctp chunk abort exists drop'",
  );
}

function clockSource(host: HostSources): HostCheck {
  const source = host.read('/sys/devices/system/clocksource/clocksource0/current_clocksource');
  if (source === null) return warn('clock source', 'unknown', null);
  const cheap = ['tsc', 'kvm-clock', 'arch_sys_counter', 'hyperv_clocksource_tsc_page'];
  return cheap.includes(source)
    ? ok('clock source', source)
    : warn(
        'clock source',
        `${source}: every time stamp costs a system call`,
        'boot with clocksource=tsc where the CPU has an invariant TSC',
      );
}

function socketBuffer(host: HostSources, key: string, word: string): HostCheck {
  const name = `${word} buffer limit`;
  const bytes = Number(host.read(`/proc/sys/net/core/${key}`) ?? Number.NaN);
  if (Number.isNaN(bytes)) return warn(name, 'unknown', null);
  if (bytes >= SOCKET_BUFFER_BYTES_WANTED) return ok(name, `net.core.${key} = ${bytes}`);
  return warn(
    name,
    `net.core.${key} = ${bytes}: packets are lost in a pause unless we run as root`,
    `sysctl -w net.core.${key}=${SOCKET_BUFFER_BYTES_WANTED}`,
  );
}

function governor(host: HostSources): HostCheck {
  const found = host.read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor');
  if (found === null) return ok('CPU governor', 'none (the hypervisor or firmware decides)');
  return found === 'performance'
    ? ok('CPU governor', found)
    : warn(
        'CPU governor',
        `${found}: response times include the CPU's wake-up from low clock rates`,
        'cpupower frequency-set -g performance',
      );
}

function openFiles(host: HostSources): HostCheck {
  const line = /^Max open files +(\d+)/m.exec(host.read('/proc/self/limits') ?? '');
  const limit = Number(line?.[1] ?? Number.NaN);
  if (Number.isNaN(limit)) return warn('open files', 'unknown', null);
  return limit >= OPEN_FILES_WANTED
    ? ok('open files', `limit ${limit}`)
    : bad('open files', `limit ${limit}`, `ulimit -n ${OPEN_FILES_WANTED}`);
}

function cores(host: HostSources): HostCheck {
  return host.cores >= 2
    ? ok('CPU cores', `${host.cores}`)
    : warn(
        'CPU cores',
        '1: generator and responder on this host disturb each other',
        'run the responder on another host',
      );
}

function ok(name: string, found: string): HostCheck {
  return { name, level: 'ok', found, remedy: null };
}

function warn(name: string, found: string, remedy: string | null): HostCheck {
  return { name, level: 'warn', found, remedy };
}

function bad(name: string, found: string, remedy: string): HostCheck {
  return { name, level: 'bad', found, remedy };
}

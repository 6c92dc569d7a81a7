import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { QmpClient } from '../../src/migration/qmp.js';
import { GUEST_ADDRESS, TAPS } from './network.js';
import { atPriority, TIED_TO_US } from './shell.js';

/** What the guest is told on its kernel command line; see lab/guest/init. */
export type GuestSettings = Readonly<Record<string, string>>;

export interface GuestFiles {
  /** Folder with vmlinuz, initrd.gz and disk.ext4. */
  readonly images: string;
  /** Folder for sockets and consoles; short, because a socket's path may have 107 bytes. */
  readonly scratch: string;
}

/** Guest memory: node and the page cache of its disk fit. */
export const GUEST_MEMORY_MB = 512;
/**
 * After a migration an emulated CPU has to translate all code anew. With two, the responder's loop does not wait until the kernel, the echo
 * service and Node's other threads are through with it: it was back 65 to 100 ms after RESUME instead of 103 to 238.
 */
export const GUEST_CPUS = 2;
/** An older one, without AVX: emulated, its vectors cost more than they give. */
export const GUEST_CPU_MODEL = 'Nehalem';

/** The kernel's command line. */
export function kernelCommandLine(settings: GuestSettings): string {
  const all = { address: `${GUEST_ADDRESS}/24`, ...settings };
  const words = Object.entries(all).map(([name, value]) => `lab.${name}=${value}`);
  return ['console=ttyS0', 'quiet', 'loglevel=4', 'panic=-1', ...words].join(' ');
}

/** One QEMU process with the guest, or waiting for it. */
export class Qemu {
  /** The driver's monitor. */
  readonly qmp: string;
  readonly console: string;
  readonly child: ChildProcess;
  /** Our own monitor: a monitor serves one client at a time. */
  private readonly ownQmp: string;
  private readonly log: string;

  /**
   * @param place 0 or 1: which tap. @param generation number of the process in the series, part of its file names.
   * @param incoming URI on which it waits for the guest; null boots it
   */
  constructor(
    files: GuestFiles,
    place: 0 | 1,
    generation: number,
    settings: GuestSettings,
    incoming: string | null,
  ) {
    const file = (suffix: string): string => join(files.scratch, `${generation}.${suffix}`);
    this.qmp = file('qmp');
    this.ownQmp = file('own');
    this.console = file('console');
    this.log = file('log');
    for (const socket of [this.qmp, this.ownQmp]) rmSync(socket, { force: true });
    const image = (name: string): string => join(files.images, name);
    const log = openSync(this.log, 'w');
    this.child = spawn(
      TIED_TO_US,
      [
        // Ours alone: Ctrl-C must not reach it before the results are safe, and it must not outlive a program that was killed.
        ...['--pdeathsig', 'KILL', ...atPriority('guest'), 'qemu-system-x86_64'],
        ...['-accel', 'tcg', '-cpu', GUEST_CPU_MODEL, '-smp', String(GUEST_CPUS)],
        ...['-M', 'pc', '-m', String(GUEST_MEMORY_MB)],
        ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', `file:${this.console}`],
        ...['-qmp', `unix:${this.qmp},server=on,wait=off`, '-qmp', `unix:${this.ownQmp},server=on,wait=off`],
        ...['-kernel', image('vmlinuz'), '-initrd', image('initrd.gz')],
        ...['-append', kernelCommandLine(settings)],
        ...['-drive', `if=virtio,format=raw,readonly=on,file=${image('disk.ext4')}`],
        ...['-netdev', `tap,id=net,ifname=${TAPS[place]},script=no,downscript=no`],
        ...['-device', 'virtio-net-pci,netdev=net,mac=52:54:00:77:00:02'],
        ...(incoming === null ? [] : ['-incoming', incoming]),
      ],
      { stdio: ['ignore', log, log], detached: true },
    );
  }

  /** Resolves when its monitors are there. @throws Error with QEMU's own words when it ended instead */
  async untilThere(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (existsSync(this.qmp) && existsSync(this.ownQmp)) return;
      this.throwIfEnded();
      await pause(25);
    }
    throw new Error('QEMU opened no monitor within 5 s');
  }

  /** Resolves when the guest has printed `text` on its console `times` times. */
  async untilPrinted(text: string, times: number, withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (performance.now() < until) {
      if (this.printed().split(text).length > times) return;
      this.throwIfEnded();
      await pause(100);
    }
    throw new Error(`the guest did not print '${text}' within ${withinMs / 1000} s:\n${this.printed()}`);
  }

  /** Everything on the guest's console so far. */
  printed(): string {
    return existsSync(this.console) ? readFileSync(this.console, 'utf8') : '';
  }

  /** Ends the process; the guest in it, if any, is lost. */
  async quit(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    // SIGTERM takes QEMU about two seconds, its own command a moment.
    await QmpClient.connect(this.ownQmp)
      .then((client) => client.execute('quit').finally(() => client.close()))
      .catch(() => this.child.kill('SIGTERM'));
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(killer);
  }

  private throwIfEnded(): void {
    const { exitCode, signalCode } = this.child;
    if (exitCode === null && signalCode === null) return;
    throw new Error(`QEMU ended (${exitCode ?? signalCode}): ${readFileSync(this.log, 'utf8').trim()}`);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationDriver, MigrationOutcome, MigrationRequest } from '../../src/migration/driver.js';
import type { LabCase } from './case.js';
import { LifecycleWatch } from './libvirt-stamps.js';
import { BRIDGE } from './network.js';
import { GUEST_CPU_MODEL, GUEST_CPUS, GUEST_MEMORY_MB, kernelCommandLine } from './qemu.js';
import { guestSettings, MIGRATION_TIMEOUT_MS, READY_TEXTS } from './qemu-pair.js';
import { atPriority, runLater, TIED_TO_US } from './shell.js';

const DOMAIN = 'busyhour-lab';
const FIRST_PORT = 16_509;
const MIGRATION_PORT = 49_152;
const BOOT_MS_MAX = 240_000;
const START_MS_MAX = 20_000;

/** Folders that a libvirtd takes for its own; each daemon of the lab sees its own ones there. */
const OWN_FOLDERS = [
  '/run/libvirt',
  '/etc/libvirt',
  '/var/lib/libvirt',
  '/var/log/libvirt',
  '/var/cache/libvirt',
] as const;

/**
 * Starts a libvirtd in a mount and a UTS namespace of its own, where its folders lie over the system's. The daemon and everything that it
 * starts see only those.
 */
class Daemon {
  readonly uri: string;
  private readonly folder: string;
  private readonly child: ChildProcess;

  constructor(scratch: string, number: 0 | 1) {
    const port = FIRST_PORT + number;
    this.uri = `qemu+tcp://127.0.0.1:${port}/system`;
    this.folder = join(scratch, `host-${number}`);
    for (const own of OWN_FOLDERS) mkdirSync(join(this.folder, own), { recursive: true });
    const write = (name: string, lines: readonly string[]): void =>
      writeFileSync(join(this.folder, 'etc/libvirt', name), `${lines.join('\n')}\n`);
    write('libvirtd.conf', [
      'listen_tls = 0',
      'listen_tcp = 1',
      'auth_tcp = "none"',
      'listen_addr = "127.0.0.1"',
      `tcp_port = "${port}"`,
      'auth_unix_rw = "none"',
      `host_uuid = "00000000-0000-4000-8000-00000000000${number + 1}"`,
    ]);
    write('qemu.conf', [
      'user = "root"',
      'group = "root"',
      'security_driver = "none"',
      'namespaces = []',
      'cgroup_controllers = []',
      'seccomp_sandbox = 0',
      'stdio_handler = "file"',
      'dynamic_ownership = 0',
    ]);
    const binds = OWN_FOLDERS.map(
      (own) => `mkdir -p ${own} && mount --bind ${join(this.folder, own)} ${own}`,
    );
    const pid = join(this.folder, 'libvirtd.pid');
    // QEMU inherits it from its libvirtd.
    const start = `exec ${atPriority('guest').join(' ')} /usr/sbin/libvirtd --listen --pid-file ${pid}`;
    const script = [...binds, `hostname lab-host-${number}`, start].join(' && ');
    const log = openSync(join(this.folder, 'libvirtd.log'), 'w');
    const words = [
      '--pdeathsig',
      'TERM',
      'unshare',
      '--mount',
      '--uts',
      '--propagation',
      'private',
      'sh',
      '-c',
      script,
    ];
    this.child = spawn(TIED_TO_US, words, { stdio: ['ignore', log, log], detached: true });
  }

  /** Resolves when it answers. */
  async untilThere(): Promise<void> {
    const until = performance.now() + START_MS_MAX;
    let trouble = '';
    while (performance.now() < until) {
      if (this.child.exitCode !== null) break;
      try {
        await this.virsh('version');
        return;
      } catch (cause) {
        trouble = (cause as Error).message;
      }
      await pause(200);
    }
    throw new Error(`libvirtd did not start: ${trouble}\n${this.log}`);
  }

  virsh(...words: readonly string[]): Promise<string> {
    return runLater('virsh', '-c', this.uri, ...words);
  }

  async end(): Promise<void> {
    await this.virsh('destroy', DOMAIN).catch(() => undefined);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(killer);
  }

  private get log(): string {
    const file = join(this.folder, 'libvirtd.log');
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  }
}

/** Two libvirt hosts on one machine, between which a domain goes forth and back. Needs root. */
export class LibvirtPair {
  private readonly images: string;
  private readonly one: LabCase;
  private readonly scratch = mkdtempSync(join(tmpdir(), 'busyhour-lab-'));
  private readonly daemons: readonly [Daemon, Daemon];
  private place: 0 | 1 = 0;
  private watch: LifecycleWatch | null = null;

  /** @throws Error when this user may not do what a libvirtd has to */
  constructor(images: string, one: LabCase) {
    if (process.env.BUSYHOUR_LAB_INSIDE !== 'root')
      throw new Error('the libvirt lab needs root: libvirtd mounts, and starts QEMU as another user');
    this.images = images;
    this.one = one;
    this.daemons = [new Daemon(this.scratch, 0), new Daemon(this.scratch, 1)];
  }

  async boot(): Promise<void> {
    await Promise.all(this.daemons.map((daemon) => daemon.untilThere()));
    this.watch = new LifecycleWatch([this.daemons[0].uri, this.daemons[1].uri]);
    const file = join(this.scratch, 'domain.xml');
    writeFileSync(file, this.domain());
    await this.daemons[0].virsh('create', file);
    await this.untilPrinted(READY_TEXTS[0]);
    if (this.one.memory !== null) await this.untilPrinted(READY_TEXTS[1]);
  }

  /** The driver, with the stamps of libvirt's own events. */
  watched(driver: MigrationDriver): MigrationDriver {
    return this.watch?.watched(driver) ?? driver;
  }

  /** The tap stays with libvirt's domain description: nothing has to be readied. */
  before(): Promise<void> {
    return Promise.resolve();
  }

  requestOf(index: number): MigrationRequest {
    const there = this.place === 0 ? 1 : 0;
    return {
      vm: DOMAIN,
      destination: this.daemons[there].uri,
      mode: 'live',
      timeoutMs: MIGRATION_TIMEOUT_MS,
      index,
      direction: index % 2 === 1 ? 'forth' : 'back',
      options: {
        connect: this.daemons[this.place].uri,
        migrateUri: `tcp://127.0.0.1:${MIGRATION_PORT + (index % 64)}`,
      },
    };
  }

  after(outcome: MigrationOutcome | null): Promise<void> {
    if (outcome?.result === 'completed') this.place = this.place === 0 ? 1 : 0;
    return Promise.resolve();
  }

  async end(): Promise<void> {
    await this.watch?.stop();
    await Promise.all(this.daemons.map((daemon) => daemon.end()));
    rmSync(this.scratch, { recursive: true, force: true });
  }

  private get console(): string {
    return join(this.scratch, 'console');
  }

  private async untilPrinted(text: string): Promise<void> {
    const until = performance.now() + BOOT_MS_MAX;
    const printed = (): string => (existsSync(this.console) ? readFileSync(this.console, 'utf8') : '');
    while (!printed().includes(text)) {
      if (performance.now() > until)
        throw new Error(`the guest did not print '${text}' within ${BOOT_MS_MAX / 1000} s:\n${printed()}`);
      await pause(200);
    }
  }

  /** libvirt makes the taps itself and puts them on the bridge of the lab's network. */
  private domain(): string {
    const image = (name: string): string => join(this.images, name);
    const command = kernelCommandLine(guestSettings(this.one))
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;');
    return `<domain type='qemu'>
  <name>${DOMAIN}</name>
  <uuid>00000000-0000-4000-8000-000000000077</uuid>
  <memory unit='MiB'>${GUEST_MEMORY_MB}</memory>
  <vcpu>${GUEST_CPUS}</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${image('vmlinuz')}</kernel><initrd>${image('initrd.gz')}</initrd><cmdline>${command}</cmdline></os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact'><model fallback='forbid'>${GUEST_CPU_MODEL}</model></cpu>
  <on_reboot>destroy</on_reboot>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/><source file='${image('disk.ext4')}'/>
      <target dev='vda' bus='virtio'/><readonly/><shareable/></disk>
    <interface type='bridge'><mac address='52:54:00:77:00:02'/><source bridge='${BRIDGE}'/><model type='virtio'/></interface>
    <serial type='file'><source path='${this.console}'/><target port='0'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
`;
  }
}

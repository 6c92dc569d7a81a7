import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHost } from '../telemetry/ssh.js';
import { commandDriver, type DriverPlace } from './command-driver.js';
import type { HypervisorReport, MigrationDriver, MigrationEvent, MigrationRequest } from './driver.js';
import { COMMAND_SPECS, DRIVER_NAMES, driverDescriptions, migrationDriver } from './registry.js';

const RECORDED = fileURLToPath(new URL('../../test/recorded/migration/', import.meta.url));

/** One driver under the suite: what to ask, which tools to stand in for, and what to expect of their recorded output. */
interface Case {
  readonly tools: Readonly<Record<string, string>>;
  readonly request: Partial<MigrationRequest>;
  readonly report: Partial<HypervisorReport>;
  readonly percent: number | null;
  /** Word that the command line has to hold, in this order. */
  readonly words: readonly string[];
}

const prints = (file: string): string => `cat '${RECORDED}${file}' >&2`;

const CASES: Readonly<Record<string, Case>> = {
  libvirt: {
    tools: {
      virsh: `case "$*" in *domjobinfo*) cat '${RECORDED}virsh-domjobinfo.txt';; *) ${prints('virsh-migrate.txt')};; esac`,
    },
    request: { vm: 'billing1', destination: 'host-b', options: { migrateUri: 'tcp://host-b:49155' } },
    report: {
      totalMs: 2239,
      downtimeMs: 52,
      transferredBytes: 74_484_548,
      iterations: 3,
      dirtyBytesPerSecond: 491_520,
    },
    percent: 100,
    words: [
      'virsh',
      'migrate',
      '--live',
      '--verbose',
      'billing1',
      'qemu+ssh://root@host-b/system',
      '--migrateuri',
    ],
  },
  xen: {
    tools: { xl: prints('xl-migrate.txt') },
    request: { vm: 'billing1', destination: 'host-b' },
    report: {},
    percent: 100,
    words: ['xl', 'migrate', 'billing1', 'host-b'],
  },
  xenserver: {
    tools: { xe: ':' },
    request: { vm: 'billing1', destination: 'host-b' },
    report: {},
    percent: null,
    words: ['xe', 'vm-migrate', 'vm=billing1', 'host=host-b', 'live=true'],
  },
  vmware: {
    tools: { govc: prints('govc-migrate.txt') },
    request: { vm: 'billing1', destination: '/dc/host/esx2' },
    report: {},
    percent: 61,
    words: ['govc', 'vm.migrate', '-host', '/dc/host/esx2', 'billing1'],
  },
  hyperv: {
    tools: { powershell: ':' },
    request: { vm: "o'hara", destination: 'hv2' },
    report: {},
    percent: null,
    words: ['powershell', 'Move-VM', 'hv2'],
  },
  virtualbox: {
    tools: { VBoxManage: prints('vboxmanage-teleport.txt') },
    request: { vm: 'billing1', destination: 'host-b', options: { port: '6000' } },
    report: {},
    percent: 100,
    words: ['VBoxManage', 'controlvm', 'billing1', 'teleport', '--host', 'host-b', '--port', '6000'],
  },
  openvz: {
    tools: { vzmigrate: ':', vzctl: ':' },
    request: { vm: '101', destination: 'host-b' },
    report: {},
    percent: null,
    words: ['vzmigrate', '--online', 'host-b', '101'],
  },
  criu: {
    tools: { criu: `case "$1" in dump) cat '${RECORDED}criu-stats.txt';; esac` },
    request: { vm: '4242', destination: '', options: { images: '/var/tmp/images' } },
    report: { downtimeMs: 23.427, transferredBytes: 119 * 4096 },
    percent: null,
    words: ['criu', 'dump', '--tree', '4242', '--images-dir', '/var/tmp/images', 'criu', 'restore'],
  },
  proxmox: {
    tools: { qm: prints('qm-migrate.txt') },
    request: { vm: '104', destination: 'pivoine' },
    report: { totalMs: 20_000, downtimeMs: 59, transferredBytes: Math.round(11.7 * 1024 ** 3) },
    percent: 100,
    words: ['qm', 'migrate', '104', 'pivoine', '--online'],
  },
  openstack: {
    tools: { openstack: 'echo "Progress: 40"; echo "Progress: 100"; echo Complete' },
    request: { vm: 'billing1', destination: 'compute2' },
    report: {},
    percent: 100,
    words: ['openstack', 'server', 'migrate', '--live-migration', '--host', 'compute2', '--wait', 'billing1'],
  },
  kubevirt: {
    tools: {
      virtctl: 'touch "$STATE_DIR/asked"',
      kubectl: [
        'case "$*" in',
        '  *migrationUid*) [ -e "$STATE_DIR/asked" ] && echo new || echo old;;',
        '  *.failed*) echo "";;',
        '  *.completed*) echo true;;',
        `  *migrationState*) cat '${RECORDED}kubevirt-state.json';;`,
        'esac',
      ].join('\n'),
    },
    request: { vm: 'billing1', destination: '', options: { namespace: 'lab' } },
    report: { totalMs: 12_000 },
    percent: null,
    words: ['virtctl', 'migrate', 'billing1', 'lab'],
  },
  command: {
    tools: { mover: 'echo moved "$@"' },
    request: { vm: 'it is', destination: 'host-b', options: { run: 'mover {vm} {destination} {index}' } },
    report: {},
    percent: null,
    words: ['mover', 'it is', 'host-b', '1'],
  },
};

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'busyhour-drivers-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A PATH on which `tools` stand in for the real ones. */
function placeWith(tools: Readonly<Record<string, string>>): DriverPlace & { readonly folder: string } {
  const folder = mkdtempSync(join(root, 'path-'));
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { control: null, folder, env: { PATH: `${folder}:/usr/bin:/bin`, STATE_DIR: folder } };
}

function requestFor(name: string, more: Partial<MigrationRequest> = {}): MigrationRequest {
  const base = {
    vm: 'vm',
    destination: 'host',
    mode: 'live',
    timeoutMs: 20_000,
    index: 1,
    direction: 'forth',
    options: {},
  } as const;
  return { ...base, ...CASES[name]!.request, ...more };
}

async function migrated(driver: MigrationDriver, request: MigrationRequest) {
  const events: MigrationEvent[] = [];
  const running = driver.migrate(request, (event) => events.push(event));
  const outcome = await running.outcome;
  return { outcome, events, progress: running.progress() };
}

/** The same tools, each doing `script`. */
const allTools = (name: string, script: string): Record<string, string> =>
  Object.fromEntries(Object.keys(CASES[name]!.tools).map((tool) => [tool, script]));

/** A process that has ended may wait for its parent to look. */
function alive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

it('holds every driver that is a command line', () => {
  expect(COMMAND_SPECS.map((spec) => spec.description.name).sort()).toEqual(Object.keys(CASES).sort());
  expect(new Set(DRIVER_NAMES).size).toBe(DRIVER_NAMES.length);
  for (const description of driverDescriptions()) {
    expect(description.what.length).toBeGreaterThan(5);
    expect(description.modes).toContain('live');
  }
});

describe.concurrent.each(Object.keys(CASES))('driver %s', (name) => {
  const one = CASES[name]!;

  it('migrates, reads what its tool prints, and stamps both ends', async () => {
    const driver = migrationDriver(name, placeWith(one.tools));
    const request = requestFor(name);
    await driver.prepare(request);
    const before = Date.now();
    const { outcome, events, progress } = await migrated(driver, request);
    expect(outcome, outcome.reason ?? '').toMatchObject({ driver: name, result: 'completed', reason: null });
    expect(outcome.hypervisor).toMatchObject(one.report);
    expect(progress.percent).toBe(one.percent);
    expect(outcome.startedAtMs).toBeGreaterThanOrEqual(before);
    expect(outcome.endedAtMs).toBeGreaterThanOrEqual(outcome.startedAtMs);
    expect(Math.abs(outcome.totalMs - (outcome.endedAtMs - outcome.startedAtMs))).toBeLessThan(50);
    expect(outcome.timeline).toEqual(events);
    expect([events[0]!.name, events.at(-1)!.name]).toEqual(['started', 'ended']);
    expect(events.every((event) => event.clock === 'this host')).toBe(true);
    let at = 0;
    for (const word of one.words) {
      at = outcome.command!.indexOf(word, at);
      expect(at, `${word} in ${outcome.command}`).toBeGreaterThanOrEqual(0);
    }
  });

  it('names a tool that is not installed', async () => {
    const driver = migrationDriver(name, { control: null, env: { PATH: '/nowhere' } });
    const { outcome } = await migrated(driver, requestFor(name));
    expect(outcome.result).toBe('failed');
    expect(outcome.reason).toMatch(/not installed|not found/);
    expect(outcome.endedAtMs).toBeGreaterThanOrEqual(outcome.startedAtMs);
  });

  it('says what the tool said when it fails', async () => {
    const place = placeWith(
      allTools(name, 'echo "error: unable to connect to server at host-b" >&2; exit 3'),
    );
    const { outcome } = await migrated(migrationDriver(name, place), requestFor(name));
    expect(outcome.result).toBe('failed');
    expect(outcome.reason).toContain('unable to connect to server');
  });

  it('ends one that hangs at its time-out: not converged, nothing left running', async ({ expect }) => {
    const place = placeWith(allTools(name, 'echo $$ >> "$STATE_DIR/pids"; sleep 30; exit 0'));
    const spec = COMMAND_SPECS.find((s) => s.description.name === name)!;
    const driver = commandDriver({ ...spec, cancel: null }, place, 50);
    const { outcome } = await migrated(driver, requestFor(name, { timeoutMs: 250 }));
    expect(outcome.result).toBe('notConverged');
    expect(outcome.reason).toContain('0.25 s');
    expect(outcome.totalMs).toBeGreaterThan(200);
    expect(outcome.totalMs).toBeLessThan(4000);
    for (const pid of readFileSync(join(place.folder, 'pids'), 'utf8').trim().split('\n')) {
      await expect.poll(() => alive(Number(pid))).toBe(false);
    }
  });

  it('is ended by the user', async () => {
    const place = placeWith(allTools(name, 'sleep 30'));
    const spec = COMMAND_SPECS.find((s) => s.description.name === name)!;
    const running = commandDriver({ ...spec, cancel: null }, place, 50).migrate(requestFor(name), () => {});
    setTimeout(() => {
      running.cancel();
      running.cancel();
    }, 100);
    expect(await running.outcome).toMatchObject({ result: 'cancelled', reason: 'ended by the user' });
  });

  it('tells a lost ssh from a failed migration', async () => {
    const control = parseHost('ssh://root@host-a');
    const env = placeWith({ ssh: 'echo "client_loop: send disconnect: Broken pipe" >&2; exit 255' }).env;
    const { outcome } = await migrated(migrationDriver(name, { control, env }), requestFor(name));
    expect(outcome.result).toBe('failed');
    expect(outcome.reason).toContain('the ssh connection failed or was lost');
    expect(outcome.reason).toContain('Broken pipe');
  });

  it('runs the same words on the far side of ssh', async () => {
    const control = parseHost('ssh://root@host-a');
    const place = placeWith({ ...one.tools, ssh: 'for last; do :; done; exec sh -c "$last"' });
    const { outcome } = await migrated(migrationDriver(name, { control, env: place.env }), requestFor(name));
    expect(outcome.result, outcome.reason ?? '').toBe('completed');
    expect(outcome.hypervisor).toMatchObject(one.report);
  });

  it('refuses a request that makes no sense', async () => {
    const driver = migrationDriver(name, placeWith(one.tools));
    const refused = (more: Partial<MigrationRequest>) => () =>
      driver.migrate(requestFor(name, more), () => {});
    expect(refused({ vm: '' })).toThrow('no VM named');
    expect(refused({ vm: '--help' })).toThrow("'--help' is no name of a VM");
    expect(refused({ options: { ...requestFor(name).options, colour: 'red' } })).toThrow(
      "no option 'colour'",
    );
    expect(refused({ timeoutMs: 0 })).toThrow('time-out');
    if (!driver.describe().modes.includes('cold'))
      expect(refused({ mode: 'cold' })).toThrow('cannot migrate cold');
  });
});

describe('particular ways to fail', () => {
  it('a migration that the tool denies although it ends with code 0', async () => {
    const xl =
      'echo "migration target: Ready to receive domain."; echo "migration sender: Target reports failure."';
    const xen = await migrated(migrationDriver('xen', placeWith({ xl })), requestFor('xen'));
    expect(xen.outcome).toMatchObject({
      result: 'failed',
      reason: 'migration sender: Target reports failure.',
    });
    const qm = 'echo "migration aborted (duration 00:00:02): target node offline"';
    const proxmox = await migrated(migrationDriver('proxmox', placeWith({ qm })), requestFor('proxmox'));
    expect(proxmox.outcome.reason).toContain('target node offline');
  });

  it('a failed kubevirt migration, with its reason', async () => {
    const kubectl = CASES.kubevirt!.tools.kubectl!.replace(
      '*.failed*) echo "";;',
      '*.failed*) echo true;;\n  *failureReason*) echo "no node fits";;',
    );
    const place = placeWith({ ...CASES.kubevirt!.tools, kubectl });
    const { outcome } = await migrated(migrationDriver('kubevirt', place), requestFor('kubevirt'));
    expect(outcome.reason).toContain('migration failed: no node fits');
  });

  it('a cancel command is run, and the migrating command ends by itself', async () => {
    const virsh =
      'case "$*" in *domjobabort*) touch "$STATE_DIR/abort";; *migrate*) while [ ! -e "$STATE_DIR/abort" ]; do sleep 0.05; done; echo "error: operation aborted: migration out job: canceled by client" >&2; exit 1;; esac';
    const { outcome, events } = await migrated(
      migrationDriver('libvirt', placeWith({ virsh })),
      requestFor('libvirt', { timeoutMs: 200 }),
    );
    expect(outcome.result).toBe('notConverged');
    expect(events.map((event) => event.name)).toContain('cancelling');
  });

  it('cold mode runs its steps in turn and stops at the first that fails', async () => {
    const xe = 'echo "$1" >> "$STATE_DIR/steps"; [ "$1" != vm-shutdown ] || exit $FAIL';
    const made = placeWith({ xe });
    const good = { ...made, env: { ...made.env, FAIL: '0' } };
    expect(
      (await migrated(migrationDriver('xenserver', good), requestFor('xenserver', { mode: 'cold' }))).outcome
        .result,
    ).toBe('completed');
    expect(readFileSync(join(good.folder, 'steps'), 'utf8')).toBe('vm-shutdown\nvm-start\n');
    const bad = placeWith({ xe });
    const place = { ...bad, env: { ...bad.env, FAIL: '1' } };
    expect(
      (await migrated(migrationDriver('xenserver', place), requestFor('xenserver', { mode: 'cold' }))).outcome
        .result,
    ).toBe('failed');
    expect(readFileSync(join(bad.folder, 'steps'), 'utf8')).toBe('vm-shutdown\n');
  });

  it('a command line with an unknown place, or values that a shell would take apart', async () => {
    const driver = migrationDriver('command', placeWith({}));
    const fault = () => driver.migrate(requestFor('command', { options: { run: 'mover {host}' } }), () => {});
    expect(fault).toThrow('no value for {host}; there are {vm}');
    const nasty = requestFor('command', {
      vm: "a'; touch /tmp/never; '",
      options: { run: 'printf %s {vm}' },
    });
    const { events } = await migrated(driver, nasty);
    expect(events.find((event) => event.name === 'message')?.text).toBe("a'; touch /tmp/never; '");
  });

  it('an unknown driver', () => {
    expect(() => migrationDriver('bhyve', placeWith({}))).toThrow(
      "no driver 'bhyve'; there are qemu, pause, libvirt",
    );
  });
});

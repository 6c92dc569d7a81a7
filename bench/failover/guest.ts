/**
 * Stops a whole virtual machine instead of a process: node a of a cluster runs in a QEMU guest, node b and the witness beside it. SIGSTOP leaves the
 * clock of a node running; a stopped VM wakes up and believes that no time has passed.
 * Each time the guest is stopped (QMP stop) for longer than dead-after while it serves, and continued.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type NodeEvent, NodeProcess } from '../../src/cli/node-process.js';
import { QmpClient } from '../../src/migration/qmp.js';
import { packageFile } from '../../src/runtime/package-root.js';
import { buildNetwork, GUEST_ADDRESS, HOST_ADDRESS } from '../lab/network.js';
import { installPackages } from '../lab/packages.js';
import { Qemu } from '../lab/qemu.js';
import { run } from '../lab/shell.js';
import { number, rate, readOptions, text, whole } from '../options.js';
import { busyhour, wait } from './busyhour.js';
import { Etcd } from './etcd.js';
import { Load } from './load.js';

const INSIDE = 'BUSYHOUR_GUEST_INSIDE';
const IMAGES = packageFile('build/lab');
const INTERCONNECT_PORT = 4_000;
const DEAD_AFTER_MS = 3_000;
/** The emulated CPU is slow beside other work. */
const PATIENCE_MS = 240_000;

const values = readOptions({
  about:
    'Stops the virtual machine in which one node of a cluster runs while it serves, and continues it: does the other node take over, and does ' +
    'the stopped one wake up fenced? Root; QEMU and the tools that build the guest are installed where they are missing.',
  options: {
    stops: { takes: whole(), default: '1', about: 'how often' },
    seconds: {
      takes: number(0.1),
      default: '6',
      about: 'length of a stop, to be longer than dead-after (3 s)',
    },
    rate: { takes: rate(), default: '40', about: 'requests a second' },
    out: { takes: text('DIR'), default: 'results/guest', about: 'data and results, in a folder a time' },
  },
  exits: {
    0: 'the guest said each time that it was fenced, nothing answered lacks its charge, nothing was charged twice',
    3: 'otherwise',
  },
});

if (process.env[INSIDE] === undefined) {
  installPackages();
  mkdirSync(IMAGES, { recursive: true });
  process.stderr.write('preparing the guest ...\n');
  run('sh', packageFile('lab/guest/build'), IMAGES, packageFile('dist'));
  const { status } = spawnSync('unshare', ['--net', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  process.exit(status ?? 1);
}

buildNetwork();
const folder = resolve(values.out, String(process.pid));
mkdirSync(folder, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'busyhour-guest-'));
const etcd = await Etcd.start(join(folder, 'etcd'), HOST_ADDRESS);
const witness = etcd.address.replace('etcd://', '');
const peer = `${HOST_ADDRESS}:${INTERCONNECT_PORT}`;
const settings = { carriers: 'none', peer, witness, deadAfter: `${DEAD_AFTER_MS}ms` };
const qemu = new Qemu({ images: IMAGES, scratch }, 0, 0, settings, null);
const data = join(folder, 'b');
const host = new NodeProcess(`${HOST_ADDRESS}:2906/0`, [
  ...['--cluster', 'lab', '--node', 'b', '--prefer', 'a', '--interconnect', peer, '--data', data],
  ...['--peer', `${GUEST_ADDRESS}:${INTERCONNECT_PORT}`, '--witness', etcd.address],
  ...['--dead-after', `${DEAD_AFTER_MS}ms`, '--sctp', 'rto=200ms/50ms/200ms'],
]);

interface Stop {
  readonly stoppedMs: number;
  /** From the stop to node b's word that it serves. */
  readonly takeoverMs: number;
  readonly fenced: string | null;
  readonly backInSyncMs: number;
}

/** What the guest's node has said so far, from its console. */
function guestEvents(): NodeEvent[] {
  return qemu
    .printed()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.trimEnd().endsWith('}'))
    .map((line) => JSON.parse(line) as NodeEvent);
}

async function untilTrue(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > end) {
      throw new Error(
        `waited in vain until ${what}: ${qemu.printed().slice(-2_000)} ${JSON.stringify(host.role)}`,
      );
    }
    await wait(50);
  }
}

const guestState = () => guestEvents().findLast(({ event }) => event === 'role')?.state;
const guestServes = () => guestState() === 'active' && host.role?.state === 'passive';
const hostServes = () => host.role?.state === 'active' && guestState() === 'passive';

/** The guest is to serve before each stop. A busy machine may have let node b take over once more. */
async function letGuestServe(): Promise<void> {
  while (!guestServes()) {
    await untilTrue('both are in sync', () => hostServes() || guestServes());
    if (guestServes()) return;
    const { code, stderr } = await busyhour(['cluster', 'switchover', '--interconnect', peer]);
    if (code !== 0) process.stderr.write(`switchover: ${stderr}`);
    await wait(2_000);
  }
}

async function stop(): Promise<Stop> {
  const monitor = await QmpClient.connect(qemu.qmp);
  const [saidByGuest, saidByHost] = [guestEvents().length, host.events.length];
  const stoppedAtMs = performance.timeOrigin + performance.now();
  await monitor.execute('stop');
  const serves = await host.until('that it serves', ({ state }) => state === 'alone', saidByHost);
  await wait(stoppedAtMs + values.seconds * 1_000 - (performance.timeOrigin + performance.now()));
  const stoppedMs = performance.timeOrigin + performance.now() - stoppedAtMs;
  await monitor.execute('cont');
  monitor.close();
  const continuedMs = performance.now();
  await untilTrue('both are in sync', hostServes);
  const said = guestEvents().slice(saidByGuest);
  return {
    stoppedMs,
    takeoverMs: Date.parse(serves.at!) - stoppedAtMs,
    fenced: said.find(({ message }) => /^fenced: /.test(message ?? ''))?.message ?? null,
    backInSyncMs: performance.now() - continuedMs,
  };
}

try {
  await qemu.untilThere();
  await host.start();
  await untilTrue('the guest serves', guestServes);
  await wait(1_000);
  const targets = `${GUEST_ADDRESS}:2905/9899,${host.endpoint}`;
  const load = await Load.start({ targets, folders: [data] }, join(folder, 'runs'), values.rate);
  const stops: Stop[] = [];
  while (stops.length < values.stops) {
    await wait(2_000);
    await etcd.untilBoth(PATIENCE_MS);
    await letGuestServe();
    stops.push(await stop());
  }
  await wait(1_000);
  const audited = await load.stop();
  process.stdout.write(`${JSON.stringify({ stops, ...audited }, null, 2)}\n`);
  const sound =
    stops.every(({ fenced }) => fenced !== null) &&
    audited.answeredNotCharged === 0 &&
    audited.chargedTwice === 0 &&
    audited.agree;
  process.exitCode = sound ? 0 : 3;
} finally {
  await host.end();
  await qemu.quit();
  await etcd.kill();
  rmSync(scratch, { recursive: true, force: true });
}

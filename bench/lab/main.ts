/**
 * A real live migration on this machine: boots a small guest with our responder in it under QEMU, migrates it between two QEMU
 * processes while the generator offers load, and prints our downtime figures beside QEMU's own and beside two truths. All traffic
 * stays in a network namespace that ends with the program: `npm run lab`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../src/cli/io.js';
import { migrationTable, migrationText, table, verdictLine } from '../../src/cli/migrate-view.js';
import { abortOnSignal } from '../../src/cli/signals.js';
import { parseBytes } from '../../src/config/quantities.js';
import { parseRto } from '../../src/config/sctp.js';
import type { MigrationReport } from '../../src/migration/orchestrate-report.js';
import { packageFile } from '../../src/runtime/package-root.js';
import { choice, kind, readOptions, text, whole } from '../options.js';
import { ALL_CASES, caseName, DEFAULT_CASE, type LabCase } from './case.js';
import { buildNetwork, shapeMigrationLink } from './network.js';
import { installPackages } from './packages.js';
import { measureCase } from './series.js';
import { atPriority, REALTIME, run } from './shell.js';
import { heldLine, whereTable } from './where.js';

const OPTIONS = {
  repeat: {
    takes: whole(),
    default: '2',
    about: 'migrations of each case in all, those already in --out included',
  },
  all: {
    about: 'every case: both drivers, both links, idle and dirty memory, both RTOs, both SCTP engines',
  },
  driver: { takes: choice('qemu', 'libvirt'), default: DEFAULT_CASE.driver, about: 'who migrates' },
  link: { takes: text('RATE'), about: 'shape the migration link, for instance 400mbit' },
  memory: {
    takes: kind('SIZE', 'a size such as 16MB', (size) => (parseBytes(size) > 0 ? size : null)),
    about: 'memory that the guest dirties meanwhile, for instance 16MB',
  },
  'memory-rate': { takes: text('SIZE/s'), default: DEFAULT_CASE.memoryRate, about: 'how fast it does' },
  rto: {
    takes: kind('rfc|I/M/M', 'rfc or INITIAL/MIN/MAX such as 60ms/40ms/60ms', (rto) => parseRto(rto) && rto),
    default: DEFAULT_CASE.rto,
    about: 'SCTP retransmission time-outs of both sides',
  },
  engine: {
    takes: choice('udp', 'kernel'),
    default: DEFAULT_CASE.engine,
    about: 'SCTP in the guest: ours in UDP, or Linux',
  },
  rate: { takes: whole(), default: `${DEFAULT_CASE.rate}`, about: 'requests a second' },
  'downtime-limit': {
    takes: whole(),
    default: `${DEFAULT_CASE.downtimeLimitMs}`,
    about: 'QEMU stops the guest when the rest fits into so many ms',
  },
  warmup: { takes: whole(), default: '6', about: 'seconds of load before each migration' },
  realtime: {
    about: 'QEMU and what measures get real-time priority: for a host that has other work (it may starve)',
  },
  out: { takes: text('DIR'), default: 'results/lab', about: 'results' },
};

interface Arguments {
  readonly cases: readonly LabCase[];
  readonly repeat: number;
  readonly warmupMs: number;
  readonly outDir: string;
  readonly realtime: boolean;
}

function readArguments(): Arguments {
  const values = readOptions({
    about:
      'A real live migration on this machine: QEMU migrates a small guest with our responder in it while the generator offers load; our figures ' +
      "beside QEMU's own and beside two truths. With the same --out it goes on where it stopped.",
    options: OPTIONS,
    exits: {
      0: 'every migration completed',
      1: 'the lab could not be set up',
      3: 'some migrations did not complete',
      130: 'interrupted',
    },
  });
  const { driver, engine, rate, rto, link = null, memory = null } = values;
  const downtimeLimitMs = values['downtime-limit'];
  const given = {
    driver,
    engine,
    rate,
    rto,
    link,
    memory,
    memoryRate: values['memory-rate'],
    downtimeLimitMs,
  };
  return {
    cases: values.all ? ALL_CASES.map((one) => ({ ...one, rate })) : [given],
    repeat: values.repeat,
    warmupMs: values.warmup * 1_000,
    outDir: resolve(process.env.INIT_CWD ?? process.cwd(), values.out),
    realtime: values.realtime,
  };
}

const IMAGES = packageFile('build/lab');
/** Set in the process that runs inside the namespace. */
const INSIDE = 'BUSYHOUR_LAB_INSIDE';

/** Builds the guest, then runs this program again inside a network namespace of its own, as root of it. */
async function outside({ cases }: Arguments): Promise<number> {
  installPackages(cases.some((one) => one.driver === 'libvirt'));
  process.stderr.write('preparing the guest ...\n');
  mkdirSync(IMAGES, { recursive: true });
  const dist = fileURLToPath(new URL('../..', import.meta.url));
  const built = await childEnd('sh', [packageFile('lab/guest/build'), IMAGES, dist], process.env);
  if (built !== 0) return 1;
  const root = process.getuid?.() === 0;
  const own = root ? ['--net'] : ['--user', '--map-root-user', '--net'];
  const self = fileURLToPath(import.meta.url);
  const env = { ...process.env, [INSIDE]: root ? 'root' : 'user' };
  return await childEnd(
    'unshare',
    [...own, ...atPriority('measure'), process.execPath, self, ...process.argv.slice(2)],
    env,
  );
}

function childEnd(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  // Ctrl-C reaches the child by itself; SIGTERM is ours to pass on. The child decides when all is cleared up.
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGINT', () => {});
  return new Promise((done) => {
    child.once('error', (cause) => {
      process.stderr.write(`lab: ${program}: ${cause.message}\n`);
      done(1);
    });
    child.once('exit', (code) => done(code ?? 1));
  });
}

/** Measures the cases; the network is ours alone. */
async function inside({ cases, repeat, warmupMs, outDir }: Arguments): Promise<number> {
  raisePriority();
  buildNetwork();
  const { signal, release } = abortOnSignal();
  const reports: [LabCase, MigrationReport][] = [];
  try {
    for (const one of cases) {
      if (signal.aborted) break;
      shapeMigrationLink(one.link);
      const report = await measureCase(one, {
        images: IMAGES,
        outDir,
        repeat,
        warmupMs,
        interrupt: signal,
        onProgress: (line) => process.stderr.write(`${line}\n`),
        onMigration: (migration) => process.stderr.write(migrationTable([migration])),
      });
      reports.push([one, report]);
      process.stdout.write(`\n${caseName(one)}\n\n${migrationText(report, 1_000 / one.rate)}`);
    }
  } finally {
    release();
  }
  const measured = reports.map(([one, report]) => [caseName(one), report.migrations] as const);
  process.stdout.write(
    `\n${whereTable(measured)}echo back, answer back: after the guest went on (RESUME). wire gap: longest time without a new answer of the responder, seen by a program of its own.\n` +
      heldLine(measured.flatMap(([, migrations]) => migrations)),
  );
  if (reports.length > 1) process.stdout.write(`\n${casesTable(reports)}`);
  process.stdout.write(`\nresults in ${outDir}\n`);
  if (signal.aborted) return 130;
  const failed = reports
    .flatMap(([, report]) => report.migrations)
    .filter((one) => one.result !== 'completed');
  return failed.length === 0 ? 0 : 3;
}

/** The generator and the emulated guest must not wait for other work of this host; without the right to do so they may. */
function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    process.stderr.write(
      'lab: no right to raise the priority; other work on this host will show in the figures\n',
    );
  }
}

/** @throws UserError where this user may not have real-time priorities */
function reserveProcessor(): void {
  try {
    run('chrt', '--rr', '1', 'true');
  } catch (cause) {
    throw new UserError(
      `--realtime: not allowed here (${(cause as Error).message}); leave it out, or be root`,
    );
  }
  process.env[REALTIME] = 'yes';
}

/** One line for each case: medians in ms. */
function casesTable(reports: readonly (readonly [LabCase, MigrationReport])[]): string {
  const names = [
    'hypervisorDowntimeMs',
    'stoppedMs',
    'probeGapMs',
    'pauseAtLeastMs',
    'pauseAtMostMs',
    'longestGapMs',
  ] as const;
  const rows = reports.map(([one, report]) => [
    caseName(one),
    String(report.statistics.all.totalMs.count),
    ...names.map((name) => report.statistics.all[name].median?.toFixed(0) ?? '-'),
  ]);
  const verdicts = reports.map(
    ([one, report]) => `${caseName(one)}: ${verdictLine(report, 1_000 / one.rate)}`,
  );
  const heads = [
    'case (medians, ms)',
    'n',
    'hypervisor',
    'stopped',
    'probe gap',
    'at least',
    'at most',
    'gap',
  ];
  return `${table(heads, rows)}\n${verdicts.join('')}`;
}

async function main(): Promise<number> {
  const given = readArguments();
  try {
    if (given.realtime) reserveProcessor();
    return process.env[INSIDE] === undefined ? await outside(given) : await inside(given);
  } catch (cause) {
    process.stderr.write(`lab: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    return cause instanceof UserError ? cause.exitCode : 1;
  }
}

process.exitCode = await main();

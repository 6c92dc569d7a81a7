/**
 * A real live migration on this machine: boots a small guest with our responder in it under QEMU, migrates it between two QEMU
 * processes while the generator offers load, and prints our downtime figures beside QEMU's own and beside two truths. All traffic
 * stays in a network namespace that ends with the program.
 *
 *   npm run lab -- [--repeat 3] [--all] [--driver qemu|libvirt] [--link 400mbit] [--memory 16MB] [--rto rfc] ...
 *
 * Resumable: with the same --out, migrations already measured count. Exit code 0 when every migration completed, 3 when some did
 * not, 130 when interrupted, 2 for bad usage, 1 when the lab could not be set up.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { migrationTable, migrationText, table, verdictLine } from '../../src/cli/migrate-view.js';
import { packageFile } from '../../src/cli/package-root.js';
import { abortOnSignal } from '../../src/cli/signals.js';
import type { MigrationReport } from '../../src/migration/orchestrate-report.js';
import { ALL_CASES, caseName, DEFAULT_CASE, type LabCase } from './case.js';
import { buildNetwork, shapeMigrationLink } from './network.js';
import { installPackages } from './packages.js';
import { measureCase } from './series.js';
import { atPriority, REALTIME, run } from './shell.js';
import { heldLine, whereTable } from './where.js';

const OPTIONS = {
  repeat: { type: 'string', default: '2' },
  all: { type: 'boolean', default: false },
  driver: { type: 'string', default: DEFAULT_CASE.driver },
  rate: { type: 'string', default: String(DEFAULT_CASE.rate) },
  engine: { type: 'string', default: DEFAULT_CASE.engine },
  rto: { type: 'string', default: DEFAULT_CASE.rto },
  link: { type: 'string' },
  memory: { type: 'string' },
  'memory-rate': { type: 'string', default: DEFAULT_CASE.memoryRate },
  'downtime-limit': { type: 'string', default: String(DEFAULT_CASE.downtimeLimitMs) },
  warmup: { type: 'string', default: '6' },
  out: { type: 'string', default: 'results/lab' },
  realtime: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `npm run lab -- [OPTIONS]
  --repeat N            migrations of each case in all, those already in --out included (2)
  --all                 every case: both drivers, both links, idle and dirty memory, both RTOs, both SCTP engines
  --driver NAME         qemu or libvirt (qemu)
  --link RATE           shape the migration link, for instance 400mbit (unshaped)
  --memory SIZE         memory that the guest dirties meanwhile, for instance 16MB (none), at --memory-rate (100MB/s)
  --rto rfc|I/M/M       SCTP retransmission time-outs of both sides (60ms/40ms/60ms)
  --engine udp|kernel   SCTP in the guest: ours in UDP, or Linux (udp)
  --rate N              requests a second (100)
  --downtime-limit MS   QEMU stops the guest when the rest fits into this (500)
  --warmup SECONDS      load before each migration (6)
  --realtime            QEMU and what measures get real-time priority: for a host that has other work (it may starve)
  --out DIR             results; the same folder goes on where it stopped (results/lab)
`;

interface Arguments {
  readonly cases: readonly LabCase[];
  readonly repeat: number;
  readonly warmupMs: number;
  readonly outDir: string;
}

/** @throws TypeError with a sentence for the user */
function readArguments(words: readonly string[]): Arguments | null {
  const { values } = parseArgs({ args: [...words], options: OPTIONS });
  if (values.help) return null;
  if (values.realtime) reserveProcessor();
  const number = (name: 'repeat' | 'rate' | 'downtime-limit' | 'warmup'): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new TypeError(`--${name}: expected a whole number above 0, got '${values[name]}'`);
  };
  const { driver, engine } = values;
  if (driver !== 'qemu' && driver !== 'libvirt')
    throw new TypeError(`--driver: qemu or libvirt, got '${driver}'`);
  if (engine !== 'udp' && engine !== 'kernel')
    throw new TypeError(`--engine: udp or kernel, got '${engine}'`);
  const given: LabCase = {
    driver,
    engine,
    rate: number('rate'),
    rto: values.rto,
    link: values.link ?? null,
    memory: values.memory ?? null,
    memoryRate: values['memory-rate'],
    downtimeLimitMs: number('downtime-limit'),
  };
  return {
    cases: values.all ? ALL_CASES.map((one) => ({ ...one, rate: given.rate })) : [given],
    repeat: number('repeat'),
    warmupMs: number('warmup') * 1_000,
    outDir: resolve(process.env.INIT_CWD ?? process.cwd(), values.out),
  };
}

const IMAGES = packageFile('build/lab');
/** Set in the process that runs inside the namespace. */
const INSIDE = 'BUSYHOUR_LAB_INSIDE';

/** Builds the guest, then runs this program again inside a network namespace of its own, as root of it. */
async function outside(words: readonly string[], { cases }: Arguments): Promise<number> {
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
  return await childEnd('unshare', [...own, ...atPriority('measure'), process.execPath, self, ...words], env);
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

/** @throws TypeError where this user may not have real-time priorities */
function reserveProcessor(): void {
  try {
    run('chrt', '--rr', '1', 'true');
  } catch (cause) {
    throw new TypeError(
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
  const words = process.argv.slice(2);
  try {
    const given = readArguments(words);
    if (given === null) {
      process.stdout.write(HELP);
      return 0;
    }
    return process.env[INSIDE] === undefined ? await outside(words, given) : await inside(given);
  } catch (cause) {
    const usage = cause instanceof TypeError;
    process.stderr.write(
      `lab: ${cause instanceof Error ? cause.message : String(cause)}\n${usage ? HELP : ''}`,
    );
    return usage ? 2 : 1;
  }
}

process.exitCode = await main();

/**
 * How well do the bounds hold in a whole migration test? Series of `busyhour migrate` with the calibration driver `pause`: each pause has a run of
 * its own, as a migration has, and what the driver knows of the pause is held against what the run says of it.
 */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readPlotLibrary } from '../../src/cli/plot-library.js';
import { abortOnSignal } from '../../src/cli/signals.js';
import { VERSION } from '../../src/cli/version.js';
import { loadRunConfig } from '../../src/config/load.js';
import { finishedReport, orchestrate } from '../../src/migration/orchestrate.js';
import {
  boundsHold,
  type MeasuredMigration,
  type MigrationReport,
} from '../../src/migration/orchestrate-report.js';
import type { MigrationPlan } from '../../src/migration/plan.js';
import { migrationDriver } from '../../src/migration/registry.js';
import { end, startResponder } from '../freezes/children.js';
import { kind, list, readOptions, text, whole } from '../options.js';

interface Cell {
  readonly ratePerSecond: number;
  readonly pauseMs: number;
}

const CELLS = '100:50,100:280,100:700,100:3000,1500:50,1500:280,1500:700,1500:3000';

/** Enough for a reference period of its own: 1 000 answers or 5 s, whichever is less. */
const warmupMs = ({ ratePerSecond }: Cell): number => Math.min(5_000, 1e6 / ratePerSecond) + 1_000;
const settleMs = ({ pauseMs }: Cell): number => 1_000 + pauseMs * 0.3;
const TIMEOUT_MS = 10_000;

function parseCell(text: string): Cell | null {
  const match = /^([1-9]\d*):([1-9]\d*)$/.exec(text);
  return match === null ? null : { ratePerSecond: Number(match[1]), pauseMs: Number(match[2]) };
}

const within = (one: MeasuredMigration): boolean => boundsHold(one) === true;

/** The run of a pause is kept only where it says something that has to be looked at. */
function clearUp(folder: string, measured: MeasuredMigration, keep: boolean): void {
  if (!keep && within(measured)) rmSync(join(folder, measured.run), { recursive: true, force: true });
}

async function measureCell(
  cell: Cell,
  options: {
    readonly outDir: string;
    readonly count: number;
    readonly keep: boolean;
    readonly interrupt: AbortSignal;
  },
): Promise<MigrationReport> {
  const { ratePerSecond, pauseMs } = cell;
  const outDir = join(options.outDir, `${ratePerSecond}-${pauseMs}`);
  const series = {
    outDir,
    repeat: options.count,
    settings: { driver: 'pause', ratePerSecond, pauseMs, warmupMs: warmupMs(cell), settleMs: settleMs(cell) },
  };
  const finished = finishedReport(series);
  if (finished !== null) return finished;
  const responder = await startResponder();
  const plan: MigrationPlan = {
    ...series,
    run: loadRunConfig({
      flags: {
        ...{
          target: responder.endpoint,
          rate: ratePerSecond,
          arrival: 'constant',
          timeout: '30s',
          interval: '1s',
        },
        duration: `${warmupMs(cell) + settleMs(cell) + TIMEOUT_MS + 5_000}ms`,
      },
      seedDefault: 1,
    }),
    target: 0,
    driver: migrationDriver('pause', { control: null, env: process.env }),
    requestOf: (index) => ({
      vm: String(responder.pid),
      destination: '',
      mode: 'live',
      timeoutMs: TIMEOUT_MS,
      index,
      direction: 'forth',
      options: { durationMs: String(pauseMs) },
    }),
    warmupMs: warmupMs(cell),
    settleMs: settleMs(cell),
    jitterMs: (index) => (index * 137.5) % 100,
    witness: null,
    hosts: { source: 'local', destination: 'local' },
    version: VERSION,
    plotLibrary: readPlotLibrary(),
    interrupt: options.interrupt,
    env: process.env,
    onProgress: () => {},
    onMigration: (measured) => clearUp(outDir, measured, options.keep),
  };
  try {
    return await orchestrate(plan);
  } finally {
    await end(responder.child);
  }
}

function describe(cell: Cell, { migrations }: MigrationReport): string {
  const held = migrations.filter(within).length;
  const widths = migrations
    .flatMap(({ downtime: { pauseMs } }) =>
      pauseMs.atMost === null ? [] : [pauseMs.atMost - pauseMs.atLeast],
    )
    .sort((a, b) => a - b);
  const width = widths[widths.length >> 1]?.toFixed(1) ?? '-';
  const seen = migrations.filter(({ downtime }) => downtime.label !== 'none').length;
  const lost = migrations.reduce((sum, { requests }) => sum + requests.due - requests.succeeded, 0);
  const invalid = migrations.filter(({ valid }) => !valid).length;
  return (
    `${`${cell.ratePerSecond}/s ${cell.pauseMs} ms`.padEnd(16)} ${`${held}/${migrations.length}`.padStart(7)} within  ` +
    `width ${width.padStart(6)} ms (median)  seen as a window ${seen}  not succeeded ${lost}  invalid runs ${invalid}\n`
  );
}

async function main(): Promise<number> {
  const { cells, count, keep, out } = readOptions({
    about:
      'How well do the bounds of a pause hold in a whole migration test, with pauses of known length? With the same --out it goes on where it ' +
      'stopped.',
    options: {
      cells: {
        takes: list(kind('RATE:PAUSE_MS', 'RATE:PAUSE_MS such as 100:280', parseCell)),
        default: CELLS,
        about: 'rates and lengths of the pauses',
      },
      count: { takes: whole(), default: '60', about: 'pauses of each cell, those already in --out included' },
      out: { takes: text('DIR'), default: 'results/pauses', about: 'results' },
      keep: { about: 'keep the whole result of every run, not only where the bounds missed' },
    },
    exits: {
      0: 'no cell has more than 1 miss in 60, counted in proportion',
      3: 'otherwise',
      130: 'interrupted',
    },
  });
  const { signal: interrupt, release } = abortOnSignal();
  let bad = 0;
  for (const cell of cells) {
    if (interrupt.aborted) break;
    const outDir = resolve(out);
    const report = await measureCell(cell, { outDir, count, keep, interrupt });
    process.stdout.write(describe(cell, report));
    const missed = report.migrations.filter((one) => !within(one)).length;
    if (missed > Math.max(1, report.migrations.length / 60)) bad += 1;
  }
  release();
  process.stdout.write(`${cells.length - bad} of ${cells.length} cells hold\n`);
  if (interrupt.aborted) return 130;
  return bad === 0 ? 0 : 3;
}

process.exitCode = await main();

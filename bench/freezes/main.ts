/**
 * How well do the pause bounds hold? Stops and continues a responder many times under load and compares every window that the run
 * reports with the true pause.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { RunSummary } from '../../src/measure/summary.js';
import { kind, list, readOptions, text, whole } from '../options.js';
import { type Cell, type CellResult, cellName, claimedCells, parseCell, quietMs } from './cell.js';
import { busyhour, end, exitOf, isStopped, sleepUntil, startResponder, unixMs } from './children.js';
import { judge, judgeCell } from './judge.js';

/** Load runs this long before the first freeze, so that the first reference period is warm. */
const LEAD_MS = 6_000;
const TAIL_MS = 2_000;

interface Freeze {
  readonly stoppedAt: number;
  readonly stopConfirmedAt: number;
  readonly continueOrderedAt: number;
  readonly continuedAt: number;
}

async function freeze(pid: number, pauseMs: number): Promise<Freeze> {
  const stoppedAt = unixMs();
  process.kill(pid, 'SIGSTOP');
  while (!isStopped(pid)) await new Promise((resolve) => setImmediate(resolve));
  const stopConfirmedAt = unixMs();
  await sleepUntil(stoppedAt + pauseMs);
  const continueOrderedAt = unixMs();
  process.kill(pid, 'SIGCONT');
  return { stoppedAt, stopConfirmedAt, continueOrderedAt, continuedAt: unixMs() };
}

/** Resolves when the run has written that its schedule began. */
async function scheduleStart(folder: string): Promise<number> {
  const file = join(folder, 'events.ndjson');
  for (let tries = 0; tries < 400; tries++) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    if (lines.some((line) => line.includes('"started"'))) return unixMs();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the run did not start within 20 s');
}

async function measureCell(cell: Cell, count: number): Promise<CellResult> {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-freezes-'));
  const periodMs = cell.pauseMs + quietMs(cell);
  const durationMs = Math.ceil(LEAD_MS + count * periodMs + TAIL_MS);
  const responder = await startResponder();
  const run = busyhour(
    [
      'run',
      ...['--target', responder.endpoint, '--rate', `${cell.ratePerSecond}`, '--arrival', cell.arrival],
      ...['--duration', `${durationMs}ms`, '--timeout', '30s', '--out', folder, '--json'],
    ],
    'ignore',
  );
  try {
    const startedAt = await scheduleStart(folder);
    const freezes: Freeze[] = [];
    for (let index = 0; index < count; index++) {
      // Not in step with the arrivals, the heartbeats or the intervals.
      const jitterMs = (index * 137.5) % 100;
      await sleepUntil(startedAt + LEAD_MS + index * periodMs + jitterMs);
      freezes.push(await freeze(responder.pid, cell.pauseMs));
    }
    const code = await exitOf(run);
    if (code !== 0 && code !== 5)
      throw new Error(`the run of cell ${cellName(cell)} ended with code ${code}`);
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as RunSummary;
    return judgeCell(
      cell,
      freezes.map((one) => judge(cell, one, summary)),
      summary,
    );
  } finally {
    await end(run);
    await end(responder.child);
    rmSync(folder, { recursive: true, force: true });
  }
}

function finishedCells(file: string): Map<string, CellResult> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const results = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as CellResult);
  return new Map(results.map((result) => [result.cell, result]));
}

function describe(result: CellResult): string {
  const count = result.freezes.length;
  const width = result.widthMedianMs === null ? '-' : result.widthMedianMs.toFixed(1);
  const lost = (result.requests.due ?? 0) - (result.requests.succeeded ?? 0);
  return `${result.cell.padEnd(22)} ${`${count - result.missed}/${count}`.padStart(7)} within  ${`${count - result.tooWide}/${count}`.padStart(7)} narrow  width ${width.padStart(7)} ms (median)  not succeeded ${lost}  other windows ${result.windowsBesideFreezes}  ${result.valid ? 'valid' : `invalid: ${result.invalidReasons.join('; ')}`}`;
}

async function main(): Promise<number> {
  const {
    cells = claimedCells(),
    count,
    out,
  } = readOptions({
    about:
      'How well do the bounds of a pause hold? Stops and continues a responder many times under load and compares what the run reports with the ' +
      'true pause. Finished cells stand in the results file and are skipped.',
    options: {
      cells: {
        takes: list(
          kind('RATE:PAUSE_MS:ARRIVAL', 'RATE:PAUSE_MS:constant or RATE:PAUSE_MS:poisson', parseCell),
        ),
        about: 'instead of all that the claim in README.md rests on',
      },
      count: { takes: whole(), default: '60', about: 'freezes of each cell' },
      out: { takes: text('FILE'), default: 'results/freezes.ndjson', about: 'results, a line a cell' },
    },
    exits: { 0: 'no cell has more than 1 miss in 60, counted in proportion', 3: 'otherwise' },
  });
  const file = resolve(out);
  mkdirSync(dirname(file), { recursive: true });
  const finished = finishedCells(file);
  let bad = 0;
  for (const cell of cells) {
    const known = finished.get(cellName(cell));
    const result = known ?? (await measureCell(cell, count));
    if (known === undefined) appendFileSync(file, `${JSON.stringify(result)}\n`);
    process.stdout.write(`${describe(result)}\n`);
    if (result.missed > Math.max(1, result.freezes.length / 60)) bad += 1;
  }
  process.stdout.write(`${cells.length - bad} of ${cells.length} cells hold\n`);
  return bad === 0 ? 0 : 3;
}

process.exitCode = await main();

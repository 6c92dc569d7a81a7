/**
 * Is a healthy target ever accused? Runs without any disturbance, many times, and every outage window that they report is held against
 * what is known of this host: a recorded stall of the generator's own loop, or CPU time stolen from the host. Resumable: finished runs
 * stand in the results file and are skipped.
 *
 *   node dist/bench/healthy/main.js [--out FILE] [--runs 20] [--scale 1] [--cells RATE:constant|poisson,...]
 *
 * `--scale 0.1` makes runs of 30 s instead of 5 minutes. Exit code 0 when every run is valid and no window is left unexplained, 3 otherwise.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { OutageWindow, RunSummary } from '../../src/measure/summary.js';
import { busyhour, end, exitOf, startResponder } from '../freezes/children.js';

const DURATION_MS = 300_000;
/** More than this share of the CPU time stolen from the host, in percent, and a pause of the responder may be the hypervisor's. */
const STEAL_PERCENT_MIN = 0.1;

interface Cell {
  readonly ratePerSecond: number;
  readonly arrival: string;
}

/** One line of the results file. */
interface HealthyResult {
  readonly run: string;
  readonly valid: boolean;
  readonly invalidReasons: readonly string[];
  readonly due: number;
  readonly succeeded: number;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  readonly longestGapMs: number;
  readonly stallMaxMs: number;
  readonly hostStealPercent: number | null;
  readonly windows: number;
  readonly unexplained: readonly OutageWindow[];
}

const CLAIMED: readonly Cell[] = [100, 9450].flatMap((ratePerSecond) =>
  ['constant', 'poisson'].map((arrival) => ({ ratePerSecond, arrival })),
);

/** Reads `RATE:ARRIVAL`. Returns null for anything else. */
function parseCell(text: string): Cell | null {
  const match = /^(\d+):(constant|poisson)$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined
    ? null
    : { ratePerSecond: Number(match[1]), arrival: match[2] };
}

function judge(run: string, summary: RunSummary): HealthyResult {
  const { downtime, requests, cpu } = summary;
  const stolen = (cpu.hostStealPercent ?? 0) >= STEAL_PERCENT_MIN;
  return {
    run,
    valid: summary.valid,
    invalidReasons: summary.invalidReasons,
    due: requests.due,
    succeeded: requests.succeeded,
    p99Ms: summary.latencyMs.p99,
    maxMs: summary.latencyMs.max,
    longestGapMs: downtime.longestGapMs,
    stallMaxMs: summary.generatorStalls.maxMs,
    hostStealPercent: cpu.hostStealPercent,
    windows: downtime.windows.length,
    unexplained: downtime.windows.filter(({ generatorStallMs }) => generatorStallMs === 0 && !stolen),
  };
}

async function measure(run: string, cell: Cell, durationMs: number): Promise<HealthyResult> {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-healthy-'));
  const responder = await startResponder();
  const generator = busyhour(
    [
      'run',
      ...['--target', responder.endpoint, '--rate', `${cell.ratePerSecond}`, '--arrival', cell.arrival],
      ...['--duration', `${durationMs}ms`, '--out', folder, '--json'],
    ],
    'ignore',
  );
  try {
    const code = await exitOf(generator);
    if (code !== 0 && code !== 5) throw new Error(`${run} ended with code ${code}`);
    return judge(run, JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as RunSummary);
  } finally {
    await end(generator);
    await end(responder.child);
    rmSync(folder, { recursive: true, force: true });
  }
}

function isGood(result: HealthyResult): boolean {
  return result.valid && result.unexplained.length === 0 && result.succeeded === result.due;
}

function describe(result: HealthyResult): string {
  const ms = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
  const figures = `p99 ${ms(result.p99Ms)} ms  max ${ms(result.maxMs)} ms  gap ${ms(result.longestGapMs)} ms  stall ${ms(result.stallMaxMs)} ms`;
  const windows = `windows ${result.windows}, unexplained ${result.unexplained.length}`;
  const verdict = result.valid ? 'valid' : `invalid: ${result.invalidReasons.join('; ')}`;
  return `${result.run.padEnd(30)} ${result.succeeded}/${result.due}  ${figures}  ${windows}  ${verdict}`;
}

function finishedRuns(file: string): Map<string, HealthyResult> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const results = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as HealthyResult);
  return new Map(results.map((result) => [result.run, result]));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'results/healthy.ndjson' },
      runs: { type: 'string', default: '20' },
      scale: { type: 'string', default: '1' },
      cells: { type: 'string' },
    },
  });
  const cells: readonly (Cell | null)[] =
    values.cells === undefined ? CLAIMED : values.cells.split(',').map(parseCell);
  const runs = Number(values.runs);
  const durationMs = Math.round(DURATION_MS * Number(values.scale));
  if (cells.includes(null) || !Number.isInteger(runs) || runs < 1 || !(durationMs >= 1000)) {
    process.stderr.write(
      'healthy: --cells takes RATE:constant|poisson, --runs a whole number above 0, --scale a number from 0.004\n',
    );
    return 2;
  }
  const file = resolve(values.out);
  mkdirSync(dirname(file), { recursive: true });
  const finished = finishedRuns(file);
  const results: HealthyResult[] = [];
  for (let index = 1; index <= runs; index++) {
    for (const cell of cells.filter((one) => one !== null)) {
      const name = `${cell.ratePerSecond}:${cell.arrival}:${durationMs / 1000}s:${index}`;
      const known = finished.get(name);
      const result = known ?? (await measure(name, cell, durationMs));
      if (known === undefined) appendFileSync(file, `${JSON.stringify(result)}\n`);
      process.stdout.write(`${describe(result)}\n`);
      results.push(result);
    }
  }
  const good = results.filter(isGood).length;
  process.stdout.write(
    `${good} of ${results.length} runs valid, complete and without an unexplained window\n`,
  );
  return good === results.length ? 0 : 3;
}

process.exitCode = await main();

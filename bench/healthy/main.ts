/**
 * Is a healthy target ever accused? Runs without any disturbance, many times, and every outage window that they report is held against
 * what is known of this host: a recorded stall of the generator's own loop, or CPU time stolen from the host.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { OutageWindow, RunSummary } from '../../src/measure/summary.js';
import { busyhour, end, exitOf, startResponder } from '../freezes/children.js';
import { kind, list, number, readOptions, text, whole } from '../options.js';

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

/** What README.md claims rests on these. */
const CLAIMED = '100:constant,100:poisson,9450:constant,9450:poisson';

/** Reads `RATE:ARRIVAL`. Returns null for anything else. */
function parseCell(text: string): Cell | null {
  const match = /^([1-9]\d*):(constant|poisson)$/.exec(text);
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
  const { cells, runs, scale, out } = readOptions({
    about:
      'Is a healthy target ever accused? Runs without any disturbance; every outage window that they report is held against what is known of ' +
      'this host. Finished runs stand in the results file and are skipped.',
    options: {
      cells: {
        takes: list(kind('RATE:ARRIVAL', 'RATE:constant or RATE:poisson', parseCell)),
        default: CLAIMED,
        about: 'rates and kinds of arrivals',
      },
      runs: { takes: whole(), default: '20', about: 'runs of each cell' },
      scale: {
        takes: number(0.004),
        default: '1',
        about: 'length of a run, in 5 minutes: 0.1 makes runs of 30 s',
      },
      out: { takes: text('FILE'), default: 'results/healthy.ndjson', about: 'results, a line a run' },
    },
    exits: { 0: 'every run is valid and complete, no window is left unexplained', 3: 'otherwise' },
  });
  const durationMs = Math.round(DURATION_MS * scale);
  const file = resolve(out);
  mkdirSync(dirname(file), { recursive: true });
  const finished = finishedRuns(file);
  const results: HealthyResult[] = [];
  for (let index = 1; index <= runs; index++) {
    for (const cell of cells) {
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

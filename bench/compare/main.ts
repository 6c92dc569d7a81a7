/**
 * Does `compare` find a slowdown of 10 %, and claim none where there is none? Records a pool of runs in turns, one half against a responder whose
 * service takes 10 % longer, then draws pairs of five runs a side from it.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ComparedRun } from '../../src/analysis/compare/compare.js';
import { comparedRun } from '../../src/analysis/compare/result-series.js';
import type { RunSummary } from '../../src/measure/summary.js';
import { busyhour, end, exitOf, type Responder, startResponder } from '../freezes/children.js';
import { readOptions, text, whole } from '../options.js';
import { drawPairs } from './pairs.js';

const SIDES = { base: 'fixed:20ms', slow: 'fixed:22ms' } as const;
type Side = keyof typeof SIDES;
const ATTEMPTS_MAX = 20;

interface Recorded {
  readonly side: Side;
  readonly index: number;
  readonly run: ComparedRun;
}

/** A run that the generator spoilt is no sample of the target: it is recorded again, as `compare` would refuse it. */
async function recordValid(side: Side, index: number, responder: Responder): Promise<Recorded> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const recorded = await record(side, index, responder);
    if (recorded !== null) return recorded;
  }
  throw new Error(`${ATTEMPTS_MAX} invalid runs one after the other: this machine is too busy for a pool`);
}

async function record(side: Side, index: number, responder: Responder): Promise<Recorded | null> {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-compare-'));
  try {
    const run = busyhour(
      [
        ...['run', '--target', responder.endpoint, '--carrier', 'udp', '--rate', '200', '--duration', '2s'],
        ...['--interval', '100ms', '--timeout', '2s', '--out', folder, '--json'],
      ],
      'ignore',
    );
    const code = await exitOf(run);
    if (code === 5) return null;
    if (code !== 0) throw new Error(`run ${side} ${index} ended with code ${code}`);
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as RunSummary;
    return {
      side,
      index,
      run: compact(comparedRun(summary, readFileSync(join(folder, 'intervals.csv'), 'utf8'))),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Four digits are more than the figures hold. */
function compact(run: ComparedRun): ComparedRun {
  const digits = (value: number): number => Number(value.toPrecision(4));
  return {
    ...run,
    series: run.series.map((series) => ({
      ...series,
      whole: series.whole === null ? null : digits(series.whole),
      intervals: series.intervals.map(digits),
    })),
  };
}

async function main(): Promise<number> {
  const { count, pairs, out } = readOptions({
    about:
      'Does busyhour compare find a slowdown of 10 %, and claim none where there is none? Recorded runs stand in the file and are skipped.',
    options: {
      count: { takes: whole(10), default: '40', about: 'runs of each side in the pool' },
      pairs: { takes: whole(), default: '100', about: 'pairs drawn from it, of each kind' },
      out: { takes: text('FILE'), default: 'results/compare-pool.ndjson', about: 'the pool, a line a run' },
    },
    exits: {
      0: 'at least 90 % of the slowdowns are found, at most 3 % of the equal pairs differ',
      3: 'otherwise',
    },
  });
  const file = resolve(out);
  mkdirSync(dirname(file), { recursive: true });
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const recorded = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Recorded);
  const has = (side: Side, index: number): boolean =>
    recorded.some((one) => one.side === side && one.index === index);
  const start = (side: Side): Promise<Responder> =>
    startResponder(['--service-time', SIDES[side], '--service-servers', '1000']);
  const responders = { base: await start('base'), slow: await start('slow') };
  try {
    for (let index = 0; index < count; index++) {
      for (const side of ['base', 'slow'] as const) {
        if (has(side, index)) continue;
        const one = await recordValid(side, index, responders[side]);
        appendFileSync(file, `${JSON.stringify(one)}\n`);
        recorded.push(one);
      }
    }
  } finally {
    await end(responders.base.child);
    await end(responders.slow.child);
  }
  const ofSide = (side: Side): ComparedRun[] =>
    recorded.filter((one) => one.side === side).map(({ run }) => run);
  const claims = drawPairs({ base: ofSide('base'), slow: ofSide('slow') }, pairs, 1);
  process.stdout.write(
    `${claims.found} of ${pairs} slowdowns of 10 % found; a difference claimed in ${claims.claimed} of ${pairs} equal pairs\n`,
  );
  return claims.found >= 0.9 * pairs && claims.claimed <= 0.03 * pairs ? 0 : 3;
}

process.exitCode = await main();

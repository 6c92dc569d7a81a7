import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseCsv } from '../analysis/csv.js';
import type { IntervalRow } from '../measure/interval.js';
import type { LatencyDrawing } from '../measure/latency-picture.js';
import type { RunSummary } from '../measure/summary.js';
import { intervalRowsOf } from '../report/read-intervals.js';
import { latencyDrawingOf } from '../report/read-latency.js';
import { partsOf } from '../runtime/result-folder.js';
import { type CliIo, UserError } from './io.js';
import { readUserFile, readUserJson, withCsvOf } from './user-file.js';

/** What every version of the schema has. */
const SUMMARY_PARTS = [
  'run',
  'invalidReasons',
  'requests',
  'ratePerSecond',
  'latencyMs',
  'latencyAllMs',
  'serviceTimeMs',
  'scheduleLagMs',
  'transportWaitMs',
  'downtime',
  'transport',
  'generatorStalls',
  'cpu',
  'thresholds',
] as const satisfies readonly (keyof RunSummary)[];

/** Reads `summary.json` of a result folder. @throws UserError when the folder is no result of this version. */
export function readSummary(io: CliIo, folder: string): RunSummary {
  const summary = readUserJson(io, join(folder, 'summary.json')) as Partial<RunSummary> | null;
  if (summary?.schema !== 'busyhour/summary/1') {
    throw new UserError(
      `${folder}/summary.json: not a result of this version (expected schema busyhour/summary/1)`,
    );
  }
  const missing = SUMMARY_PARTS.filter((part) => typeof summary[part] !== 'object');
  if (missing.length > 0)
    throw new UserError(`${folder}/summary.json: incomplete or damaged: it has no ${missing.join(', ')}`);
  // Results of earlier versions of this schema know neither segments nor drift.
  const { run, drift = null } = summary as RunSummary;
  const segments = (run as Partial<RunSummary['run']>).segments ?? [];
  return { ...(summary as RunSummary), run: { ...run, segments }, drift };
}

/** Reads `intervals.csv` of a result folder. @throws UserError naming the file and what is wrong with it. */
export function readIntervals(io: CliIo, folder: string): IntervalRow[] {
  return [...intervalsOf(io, folder)];
}

/** The same part by part, so that those of a long run need not be in memory together. */
export function* intervalsOf(io: CliIo, folder: string): Generator<IntervalRow> {
  for (const { file, text } of partsRead(io, folder, 'intervals.csv')) {
    yield* withCsvOf(file, () => {
      const table = parseCsv(text);
      try {
        return intervalRowsOf(table.columns, table.rows);
      } catch (cause) {
        if (cause instanceof RangeError) throw new UserError(`${file}: ${cause.message}`);
        throw cause;
      }
    });
  }
}

/** Lines of a stream part by part, with the lines that each part begins with. */
export function* linesOf(io: CliIo, folder: string, stream: string): Generator<string> {
  for (const { text } of partsRead(io, folder, stream)) yield* text.split('\n');
}

/** A stream of a result as one text: its parts in order, the lines that each begins with once. */
export function readStream(io: CliIo, folder: string, stream: string): string {
  const [first, ...rest] = Array.from(partsRead(io, folder, stream), ({ text }) => text);
  const isHead = (line: string): boolean => /^(#|"|started_at,)/.test(line);
  const bodies = rest.map((text) =>
    text
      .split('\n')
      .filter((line) => !isHead(line))
      .join('\n'),
  );
  return [first, ...bodies].join('');
}

function* partsRead(
  io: CliIo,
  folder: string,
  stream: string,
): Generator<{ readonly file: string; readonly text: string }> {
  const path = resolve(io.cwd, folder);
  const names = existsSync(path) ? partsOf(path, stream) : [stream];
  for (const name of names) {
    const file = join(folder, name);
    yield { file, text: readUserFile(io, file) };
  }
}

/** Reads `latency.hlog` of a result folder for drawing; null where there is none. @throws UserError naming the line that is no histogram */
export function readLatency(io: CliIo, folder: string): LatencyDrawing | null {
  const file = join(folder, 'latency.hlog');
  if (!existsSync(resolve(io.cwd, file))) return null;
  try {
    return latencyDrawingOf(readStream(io, folder, 'latency.hlog'));
  } catch (cause) {
    if (cause instanceof RangeError) throw new UserError(`${file}: ${cause.message}`);
    throw cause;
  }
}

/** What a folder named on the command line holds. */
export type ResultKind = 'run' | 'campaign' | 'capacity' | 'migration' | 'sweep';

const MARKS: ReadonlyArray<readonly [ResultKind, string]> = [
  ['campaign', 'campaign.json'],
  ['capacity', 'capacity.json'],
  ['sweep', 'sweep.json'],
  ['migration', 'migration.json'],
  ['run', 'summary.json'],
];

/** Tells the results apart by the file that each has. @throws UserError for a folder that is none of them. */
export function resultKindOf(io: CliIo, folder: string): ResultKind {
  const path = resolve(io.cwd, folder);
  if (!existsSync(path)) throw new UserError(`${folder}: no such folder; expected a result folder`);
  if (!statSync(path).isDirectory()) throw new UserError(`${folder}: is a file; expected a result folder`);
  const found = MARKS.find(([, file]) => existsSync(join(path, file)));
  if (found === undefined) {
    throw new UserError(`${folder}: no result: it holds none of ${MARKS.map(([, file]) => file).join(', ')}`);
  }
  return found[0];
}

/** What makes up a result of several runs. */
const SERIES_LISTS = {
  campaign: ['setups', 'cells'],
  capacity: ['steps', 'targets', 'notes'],
  migration: ['migrations', 'notes'],
} as const;

/** Reads `campaign.json`, `capacity.json` or `migration.json`. @throws UserError when it is none of this version. */
export function readSeriesResult(
  io: CliIo,
  folder: string,
  kind: Exclude<ResultKind, 'run' | 'sweep'>,
): unknown {
  const file = join(folder, `${kind}.json`);
  const result = readUserJson(io, file) as Readonly<Record<string, unknown>> | null;
  const schema = `busyhour/${kind}/1`;
  if (result?.schema !== schema) {
    throw new UserError(`${file}: not a result of this version (expected schema ${schema})`);
  }
  const missing = SERIES_LISTS[kind].filter((list) => !Array.isArray(result[list]));
  if (missing.length > 0)
    throw new UserError(`${file}: incomplete or damaged: it has no ${missing.join(', ')}`);
  return result;
}

import type { LatencyFigures, RunSummary } from '../../measure/summary.js';

const FIGURES = ['min', 'mean', 'p50', 'p90', 'p99', 'p999', 'p9999', 'max'] as const;
type Figure = (typeof FIGURES)[number];
const COUNTS = ['failed', 'rejected', 'timedOut', 'unsent'] as const;
type Count = (typeof COUNTS)[number];

const OPERATORS = {
  '<=': (left: number, right: number): boolean => left <= right,
  '>=': (left: number, right: number): boolean => left >= right,
  '<': (left: number, right: number): boolean => left < right,
  '>': (left: number, right: number): boolean => left > right,
  '=': (left: number, right: number): boolean => left === right,
} as const;
type Operator = keyof typeof OPERATORS;

/** One condition of an objective. Times are of all requests from their intended send time (`latencyAllMs`), limits in ms, counts or per cent of the due. */
export interface ObjectiveTerm {
  readonly source: string;
  readonly metric: Figure | Count;
  readonly operator: Operator;
  readonly limit: number;
  readonly perCent: boolean;
}

/** What a target has to keep at a load level: every term holds. */
export interface Objective {
  readonly source: string;
  readonly terms: readonly ObjectiveTerm[];
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1e3 };
const TERM = /^([a-zA-Z]\w*)\s*(<=|>=|==|=|<|>)\s*(\d+(?:\.\d+)?)\s*(ns|us|ms|s|%|)$/;

/**
 * Reads `p99<20ms,failed=0`.
 * @throws RangeError naming the term and what is expected
 */
export function parseObjective(source: string): Objective {
  const terms = source.split(',').map((text) => parseTerm(text.trim()));
  return { source: terms.map((term) => term.source).join(','), terms };
}

function parseTerm(source: string): ObjectiveTerm {
  const match = TERM.exec(source);
  const fault = (why: string): RangeError =>
    new RangeError(`'${source}': ${why}; expected terms such as p99<20ms or failed=0, with commas between`);
  if (match === null) throw fault('is no METRIC OP VALUE');
  const [, name = '', operator = '', digits = '', unit = ''] = match;
  const figure = FIGURES.find((known) => known === name);
  const count = COUNTS.find((known) => known === name);
  const metric = figure ?? count;
  if (metric === undefined) throw fault(`unknown metric, there are ${[...FIGURES, ...COUNTS].join(', ')}`);
  const perCent = unit === '%';
  if (figure !== undefined && MS_PER_UNIT[unit] === undefined)
    throw fault('a time needs a unit: ns, us, ms or s');
  if (count !== undefined && unit !== '' && !perCent) throw fault('a count takes no unit but %');
  const limit = Number(digits) * (figure === undefined ? 1 : MS_PER_UNIT[unit]!);
  return { source, metric, operator: operator === '==' ? '=' : (operator as Operator), limit, perCent };
}

/** Requests that count as failed: due less succeeded, less rejected where a refusal is a good answer. */
export function failedRequests({ requests }: RunSummary, rejectedOk: boolean): number {
  return requests.due - requests.succeeded - (rejectedOk ? requests.rejected : 0);
}

/**
 * The first term that does not hold, in words with what was measured; null when all do.
 * @param times `latencyAllMs` of the summary, or other figures to hold the same terms against
 */
export function brokenTerm(
  objective: Objective,
  summary: RunSummary,
  options: { readonly rejectedOk: boolean; readonly times?: LatencyFigures },
): string | null {
  const times = options.times ?? summary.latencyAllMs;
  for (const term of objective.terms) {
    const value = measuredOf(term, summary, times, options.rejectedOk);
    if (value === null) return `${term.source}: no samples`;
    if (!OPERATORS[term.operator](value, term.limit)) {
      return `${term.source}: ${shown(value)}${unitOf(term)}`;
    }
  }
  return null;
}

function measuredOf(
  { metric, perCent }: ObjectiveTerm,
  summary: RunSummary,
  times: LatencyFigures,
  rejectedOk: boolean,
): number | null {
  const figure = FIGURES.find((known) => known === metric);
  if (figure !== undefined) return times[figure];
  const count =
    metric === 'failed'
      ? failedRequests(summary, rejectedOk)
      : summary.requests[metric as Exclude<Count, 'failed'>];
  if (!perCent) return count;
  return summary.requests.due === 0 ? null : (100 * count) / summary.requests.due;
}

function unitOf({ metric, perCent }: ObjectiveTerm): string {
  if (perCent) return ' %';
  return FIGURES.some((known) => known === metric) ? ' ms' : '';
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

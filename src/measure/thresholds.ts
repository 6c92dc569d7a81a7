import { EVENT_COUNTS, OUTCOMES, type RunSummary, type ThresholdResult } from './summary.js';

/** A `--fail-if` expression as `src/config` parses it: `METRIC OP VALUE`, over a sliding window or the whole run. */
export interface ThresholdRule {
  readonly source: string;
  /** Path in summary.json with unit suffixes left off. */
  readonly path: readonly string[];
  readonly operator: '>=' | '<=' | '==' | '!=' | '>' | '<';
  readonly value: number;
  /** `ns us ms s m h /s %` or empty: the metric's own unit. */
  readonly unit: string;
  /** Length of the window; null: the whole run. */
  readonly overNs: number | null;
}

/** What metrics are read from: a summary, or the same figures of a window. */
export interface ThresholdFigures
  extends Pick<
    RunSummary,
    | 'requests'
    | 'ratePerSecond'
    | 'latencyMs'
    | 'latencyAllMs'
    | 'serviceTimeMs'
    | 'scheduleLagMs'
    | 'transportWaitMs'
    | 'releaseTimeMs'
    | 'downtime'
    | 'generatorStalls'
  > {
  readonly run: Pick<RunSummary['run'], 'durationSeconds'>;
  readonly cpu: Pick<RunSummary['cpu'], 'hostStealPercent'>;
}

type Unit = 'ms' | 's' | '/s' | '%' | '';

interface Metric {
  readonly name: string;
  readonly unit: Unit;
  readonly read: (figures: ThresholdFigures) => number | null;
  /** It counts up or is the largest of something: what it says of a part of a window it says of the whole. */
  readonly rises: boolean;
}

const FIGURES = ['min', 'mean', 'stdDev', 'p50', 'p90', 'p99', 'p999', 'p9999', 'max'] as const;
/**
 * Metric name to property. A plain `latency` is that of all requests: with only the answered ones a target that answers nothing would pass
 * every limit. `latencyAnswered` is there for who wants it.
 */
const LATENCIES = {
  latency: 'latencyAllMs',
  latencyAll: 'latencyAllMs',
  latencyAnswered: 'latencyMs',
  serviceTime: 'serviceTimeMs',
  scheduleLag: 'scheduleLagMs',
  transportWait: 'transportWaitMs',
  releaseTime: 'releaseTimeMs',
} as const;
const REQUESTS = ['due', 'sent', ...OUTCOMES, ...EVENT_COUNTS] as const;
const DOWNTIMES = {
  longestGap: 'longestGapMs',
  maxResponse: 'maxResponseMs',
  maxService: 'maxServiceMs',
  lossDerived: 'lossDerivedMs',
  degraded: 'degradedMs',
  recovery: 'recoveryMs',
  outageThreshold: 'outageThresholdMs',
  objective: 'objectiveMs',
  allTargetsDown: 'allTargetsDownMs',
} as const;

const RISES = /^(requests|downtime|generatorStalls)\.|\.(max|count)$/;
/** Figures that only a whole run has. */
const OF_RUNS_ONLY: ReadonlySet<string> = new Set([
  'run.duration',
  'cpu.hostSteal',
  'generatorStalls.max',
  'generatorStalls.count',
]);

const METRICS: ReadonlyMap<string, Metric> = new Map(allMetrics().map((metric) => [metric.name, metric]));

/** Names that a threshold may test, each with its unit; none for a plain number. */
export function thresholdMetrics(): { readonly name: string; readonly unit: string }[] {
  return [...METRICS.values()].map(({ name, unit }) => ({ name, unit }));
}

function allMetrics(): Metric[] {
  const metrics: Metric[] = [];
  const add = (name: string, unit: Unit, read: Metric['read']) =>
    metrics.push({ name, unit, read, rises: RISES.test(name) });
  for (const [name, property] of Object.entries(LATENCIES)) {
    add(`${name}.count`, '', (summary) => summary[property]?.count ?? null);
    for (const figure of FIGURES)
      add(`${name}.${figure}`, 'ms', (summary) => summary[property]?.[figure] ?? null);
  }
  for (const name of REQUESTS) add(`requests.${name}`, '', (summary) => summary.requests[name]);
  for (const name of ['offered', 'sent', 'answered'] as const) {
    add(`rate.${name}`, '/s', (summary) => summary.ratePerSecond[name]);
  }
  for (const [name, property] of Object.entries(DOWNTIMES)) {
    add(`downtime.${name}`, 'ms', (summary) => summary.downtime[property]);
  }
  add('downtime.pause.atLeast', 'ms', (summary) => summary.downtime.pauseMs.atLeast);
  add('downtime.pause.atMost', 'ms', (summary) => summary.downtime.pauseMs.atMost);
  add('downtime.windows.length', '', (summary) => summary.downtime.windows.length);
  add('run.duration', 's', (summary) => summary.run.durationSeconds);
  add('generatorStalls.count', '', (summary) => summary.generatorStalls.count);
  add('generatorStalls.max', 'ms', (summary) => summary.generatorStalls.maxMs);
  add('generatorStalls.total', 'ms', (summary) => summary.generatorStalls.totalMs);
  add('cpu.hostSteal', '%', (summary) => summary.cpu.hostStealPercent);
  return metrics;
}

/** How much of a metric's unit one of the given unit is; undefined where the two do not fit. */
const SCALES: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  ms: { '': 1, ns: 1e-6, us: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 },
  s: { '': 1, ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 },
  '/s': { '': 1, '/s': 1 },
  '%': { '': 1, '%': 1 },
  '': { '': 1 },
};

/**
 * Checks an expression before the run: null when its metric exists and its unit fits, else what is wrong with it, with the
 * names that come near.
 */
export function thresholdFault(rule: ThresholdRule): string | null {
  const name = rule.path.join('.');
  const metric = METRICS.get(name);
  if (metric === undefined) {
    return `unknown metric '${name}' in '${rule.source}'; near: ${nearNames(name).join(', ')}`;
  }
  if (rule.overNs !== null && OF_RUNS_ONLY.has(name)) {
    return `'${rule.source}': ${name} is a figure of the whole run; leave the window out`;
  }
  const scales = SCALES[metric.unit];
  if (scales[rule.unit] !== undefined) return null;
  const fitting = Object.keys(scales).filter((unit) => unit !== '');
  const advice = fitting.length === 0 ? 'it has no unit' : `use ${fitting.join(', ')}`;
  return `'${rule.unit}' does not fit ${name} in '${rule.source}': ${advice}`;
}

/**
 * Evaluates one expression: true means failed, and a metric without samples fails. The value is in the metric's own unit (ms for times).
 * @throws RangeError for an expression that {@link thresholdFault} would have refused.
 */
export function evaluateThreshold(rule: ThresholdRule, figures: ThresholdFigures): ThresholdResult {
  const metric = METRICS.get(rule.path.join('.'));
  const scale = metric === undefined ? undefined : SCALES[metric.unit][rule.unit];
  if (metric === undefined || scale === undefined) throw new RangeError(thresholdFault(rule) ?? rule.source);
  const value = metric.read(figures);
  const expression = rule.source;
  if (value === null || !Number.isFinite(value)) return { expression, value: null, failed: true };
  const failed = compare(value, rule.operator, rule.value * scale);
  return { expression, value, failed };
}

/** Whether a part of its window is enough to say that a threshold is crossed. */
export function failsEarly({ path, operator }: ThresholdRule): boolean {
  return METRICS.get(path.join('.'))?.rises === true && (operator === '>' || operator === '>=');
}

function compare(left: number, operator: ThresholdRule['operator'], right: number): boolean {
  switch (operator) {
    case '>':
      return left > right;
    case '<':
      return left < right;
    case '>=':
      return left >= right;
    case '<=':
      return left <= right;
    case '==':
      return left === right;
    case '!=':
      return left !== right;
  }
}

const NEAR_MAX = 4;

function nearNames(name: string): string[] {
  const ranked = [...METRICS.keys()].map((known) => ({ known, distance: editDistance(name, known) }));
  ranked.sort((a, b) => a.distance - b.distance || a.known.localeCompare(b.known));
  return ranked.slice(0, NEAR_MAX).map((one) => one.known);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}

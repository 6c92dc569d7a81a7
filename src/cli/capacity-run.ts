import { basename, join } from 'node:path';
import { type Objective, parseObjective } from '../analysis/capacity/objective.js';
import {
  contradictions,
  type Decision,
  decide,
  feasibilityOf,
  type SearchOptions,
} from '../analysis/capacity/search.js';
import { judgeStep } from '../analysis/capacity/step.js';
import { formatEndpoint } from '../config/endpoint.js';
import type { FlagValue } from '../config/load.js';
import type { RunConfig } from '../config/run-config.js';
import type { CapacityReport, RecordedStep } from '../measure/capacity-result.js';
import type { RunSummary } from '../measure/summary.js';
import { capacitySeries } from '../report/capacity-series.js';
import { seriesHtml } from '../report/html/series-page.js';
import { loadRun } from '../runtime/load-run.js';
import { type CliIo, UserError } from './io.js';
import { performLevel } from './level-run.js';
import { readPlotLibrary } from './plot-library.js';
import { ProgressView } from './progress-view.js';
import { SeriesFolder } from './series-folder.js';
import { Settling } from './settle.js';

export interface CapacityRequest {
  readonly search: SearchOptions;
  readonly objective: string;
  readonly rejectedOk: boolean;
  readonly stepDurationNs: number;
  readonly profile: string | undefined;
  /** Flags of `run`, by profile key. */
  readonly flags: Readonly<Record<string, FlagValue | undefined>>;
  readonly seedDefault: number;
  readonly out: string | undefined;
  readonly resume: boolean;
  readonly interrupt: AbortSignal;
  readonly onStep?: (step: RecordedStep) => void;
}

const INTERVALS_PER_STEP = 10;
const INTERVAL_NS_MIN = 100e6;
/** Fewer show no trend. */
const INTERVALS_MIN = 5;
/** Intervals that a run keeps open for requests under way. */
const INTERVALS_PER_LIFE_MAX = 30;
const TIMEOUT_NS_MAX = 30e9;
const PROBE_NS = 300e6;
/** Enough for a median, too few to load anything. */
const PROBE_REQUESTS_PER_SECOND = 50;
const PROBES_MAX = 60;

/**
 * Searches the highest rate that the target keeps its objective at.
 * @returns null when the user interrupted it; what was found so far is in the folder, and `--resume` goes on
 * @throws UserError, ConfigError, RuntimeFault
 */
export async function searchCapacity(
  io: CliIo,
  request: CapacityRequest,
): Promise<{ readonly report: CapacityReport | null; readonly folder: string }> {
  const objective = objectiveOf(request.objective);
  const probe = levelConfig(request, {
    rate: Math.min(PROBE_REQUESTS_PER_SECOND, request.search.startPerSecond),
    durationNs: PROBE_NS,
  });
  const folder = new SeriesFolder(io, { kind: 'capacity', out: request.out, resume: request.resume });
  const steps = folder.entries() as RecordedStep[];
  const notes: string[] = steps.length === 0 ? [] : [`resumed after ${steps.length} steps`];
  const settling = new Settling(io, {
    probe,
    parent: folder.path,
    interrupt: request.interrupt,
    probesMax: PROBES_MAX,
  });
  await settling.wait();
  let decision = decide(request.search, steps);
  while (decision.kind === 'step' && !request.interrupt.aborted) {
    const step = await performStep(io, request, { decision, objective, folder, index: steps.length + 1 });
    if (step === null) break;
    steps.push(step);
    folder.append(step);
    request.onStep?.(step);
    decision = decide(request.search, steps);
    if (decision.kind === 'found') break;
    const unsettled = await settling.wait();
    if (unsettled !== null) notes.push(`after step ${steps.length}: ${unsettled}`);
  }
  if (decision.kind !== 'found') return { report: null, folder: folder.path };
  const { feasiblePerSecond, infeasiblePerSecond: infeasibleLevelsPerSecond } = feasibilityOf(steps);
  const { kind: _, ...found } = decision;
  const report: CapacityReport = {
    schema: 'busyhour/capacity/1',
    ...found,
    objective: objective.source,
    rejectedOk: request.rejectedOk,
    stepDurationSeconds: request.stepDurationNs / 1e9,
    targets: probe.targets.map(formatEndpoint),
    referenceLatencyMs: settling.referenceMs,
    feasiblePerSecond,
    infeasibleLevelsPerSecond,
    contradictionsPerSecond: contradictions(steps),
    notes,
    steps,
  };
  folder.write('capacity.json', `${JSON.stringify(report, null, 2)}\n`);
  folder.write('report.html', seriesHtml(capacitySeries(report, basename(folder.path)), readPlotLibrary()));
  return { report, folder: folder.path };
}

function objectiveOf(source: string): Objective {
  try {
    return parseObjective(source);
  } catch (cause) {
    if (cause instanceof RangeError) throw new UserError(`--objective: ${cause.message}`);
    throw cause;
  }
}

function levelConfig(
  request: CapacityRequest,
  { rate, durationNs }: { readonly rate: number; readonly durationNs: number },
): RunConfig {
  const file = request.profile === undefined ? {} : { file: request.profile };
  // A request that a step leaves unanswered keeps the next step waiting: no longer than the steps are worth.
  const timeout =
    request.profile === undefined ? `${Math.min(TIMEOUT_NS_MAX, 3 * request.stepDurationNs)}ns` : undefined;
  const load = (intervalNs: number): RunConfig =>
    loadRun({
      ...file,
      flags: {
        timeout,
        ...definedOf(request.flags),
        rate: String(rate),
        arrival: request.flags.arrival ?? 'constant',
        duration: `${Math.round(durationNs)}ns`,
        interval: `${Math.ceil(intervalNs)}ns`,
      },
      seedDefault: request.seedDefault,
    });
  const wantedNs = Math.max(INTERVAL_NS_MIN, request.stepDurationNs / INTERVALS_PER_STEP);
  const config = load(wantedNs);
  const lifeNs = config.scenario === 'call' ? 2 * config.timeoutNs + config.holdNs : config.timeoutNs;
  const intervalNs = Math.max(wantedNs, lifeNs / INTERVALS_PER_LIFE_MAX);
  if (INTERVALS_MIN * intervalNs > request.stepDurationNs) {
    const seconds = (INTERVALS_MIN * intervalNs) / 1e9;
    throw new UserError(
      `--step-duration: with requests that may live ${lifeNs / 1e9} s a step needs ${seconds.toFixed(1)} s to show a trend; or use a shorter --timeout`,
    );
  }
  return intervalNs > wantedNs ? load(intervalNs) : config;
}

function definedOf(flags: CapacityRequest['flags']): CapacityRequest['flags'] {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

async function performStep(
  io: CliIo,
  request: CapacityRequest,
  plan: {
    readonly decision: Extract<Decision, { kind: 'step' }>;
    readonly objective: Objective;
    readonly folder: SeriesFolder;
    readonly index: number;
  },
): Promise<RecordedStep | null> {
  const { ratePerSecond, purpose } = plan.decision;
  const config = levelConfig(request, { rate: ratePerSecond, durationNs: request.stepDurationNs });
  const result = `steps/${String(plan.index).padStart(3, '0')}-${ratePerSecond}`;
  const view = new ProgressView(io);
  const level = await performLevel(io, {
    config,
    runId: `capacity-step-${plan.index}`,
    folder: join(plan.folder.path, result),
    interrupt: request.interrupt,
    // Where lines pile up, the line of each finished step is enough.
    ...(io.stderr.isTTY === true ? { onProgress: (sample) => view.show(sample) } : {}),
  }).finally(() => view.clear());
  if (level.summary.run.interrupted) return null;
  const { rejectedOk } = request;
  const verdict = judgeStep(
    { ...level, busyPolling: config.busyPollNs !== null },
    { objective: plan.objective, rejectedOk },
  );
  return { ratePerSecond, purpose, ...verdict, ...figuresOf(level.summary), result };
}

function figuresOf({
  requests,
  latencyAllMs,
  ratePerSecond,
  cpu,
}: RunSummary): Pick<
  RecordedStep,
  'failed' | 'p99Ms' | 'maxMs' | 'answeredPerSecond' | 'workerCpuPercentMax'
> {
  return {
    failed: requests.due - requests.succeeded - requests.rejected,
    p99Ms: latencyAllMs.p99,
    maxMs: latencyAllMs.max,
    answeredPerSecond: ratePerSecond.answered,
    workerCpuPercentMax: cpu.workersPercent.length === 0 ? null : Math.max(...cpu.workersPercent),
  };
}

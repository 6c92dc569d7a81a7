import type { ClosedInterval, Collector, FoundWindow } from '../../measure/collector.js';
import { DriftSeries } from '../../measure/drift.js';
import { HistogramLog } from '../../measure/histogram.js';
import { IntervalPicture } from '../../measure/interval-picture.js';
import { type IntervalFacts, intervalRows, logInterval } from '../../measure/interval-rows.js';
import { LatencyPicture } from '../../measure/latency-picture.js';
import { type Crossing, SlidingThresholds } from '../../measure/sliding-thresholds.js';
import { summarize, withThresholds } from '../../measure/summarize.js';
import type { Intervention, RunSummary } from '../../measure/summary.js';
import { evaluateThreshold } from '../../measure/thresholds.js';
import { htmlReport } from '../../report/html/page.js';
import { intervalsCsvHeader, intervalsCsvLine } from '../../report/intervals-csv.js';
import { outageCsvLines } from '../../report/outage-csv.js';
import type { Carrier } from '../../transport/sctp.js';
import { hostFacts } from '../host-facts.js';
import { lossesInWords } from '../result-budget.js';
import type { ResultFolder } from '../result-folder.js';
import { CHECKPOINT_FILE, checkpointText } from './checkpoint.js';
import { InterventionBook } from './interventions.js';
import type { GeneratorMessage } from './messages.js';
import type { RunRequest } from './run-request.js';
import { settingsOf } from './run-settings.js';
import { Segments } from './segments.js';
import { ThresholdWatch } from './threshold-watch.js';

/** Checkpoints are written when an interval has closed; where intervals are short they take about this share of the time, and come no faster than this. */
const CHECKPOINT_SHARE = 0.05;
const CHECKPOINT_MS_MIN = 500;
/** How often thresholds are looked at while a target is silent and no interval closes. */
const SILENCE_LOOK_NS = 1e9;
const BYTES_PER_MB = 2 ** 20;

/** What only the end of a run knows. */
export interface EndFacts {
  readonly startNs: number;
  readonly carrier: Carrier;
  readonly interrupted: boolean;
  /** Requests in flight were given up. */
  readonly abandoned: boolean;
  /** The most by which a worker took up a change of the user's late. */
  readonly changeLateNs: number;
  /** Length of the schedule as followed. */
  readonly durationNs: number;
  readonly lagLimitNs: number;
  readonly cpu: RunSummary['cpu'];
  readonly workerFault: Error | null;
}

/** Where a segment begins, ns since the process epoch. */
export interface SegmentStart {
  /** First moment of the schedule that this process follows. */
  readonly beginNs: number;
  /** The same from the start of the schedule. */
  readonly atNs: number;
  readonly carrier: Carrier;
  /** What the schedule asks for there. */
  readonly plannedPerSecond: number;
}

/** Keeps the result folder of a run up to date while it goes on, and completes it at the end. */
export class ResultWriter {
  /** What the transport last complained about, in words for a user; null when nothing. */
  lastTrouble: string | null = null;
  readonly #request: RunRequest;
  readonly #folder: ResultFolder;
  readonly #targets: readonly string[];
  readonly #epochUnixMs: number;
  readonly #drawn = new IntervalPicture();
  readonly #drift = new DriftSeries();
  readonly #sliding: SlidingThresholds;
  readonly #watch: ThresholdWatch;
  #segments!: Segments;
  readonly #latency = new LatencyPicture();
  #windows = 0;
  #facts: IntervalFacts | null = null;
  #log: HistogramLog | null = null;
  /** Up to here intervals have closed. */
  #closedNs = 0;
  /** Something is not in a checkpoint yet. */
  #unsaved = true;
  #nextCheckpointMs = 0;
  #silenceLookedAtNs = 0;
  #closed: ClosedInterval[] = [];
  readonly #stopNotes: string[] = [];
  readonly #interventions: InterventionBook;

  /** @param stop ends the schedule early: a threshold asked for it */
  constructor(request: RunRequest, targets: readonly string[], epochUnixMs: number, stop: () => void) {
    const { config, earlier } = request;
    this.#request = request;
    this.#folder = request.folder;
    this.#targets = targets;
    this.#epochUnixMs = epochUnixMs;
    const rules = config.failIf.filter(({ overNs }) => overNs !== null);
    this.#sliding = new SlidingThresholds(rules, {
      ...config,
      targets,
      epochUnixMs,
      hasRelease: config.scenario === 'call',
    });
    this.#watch = new ThresholdWatch({
      rules,
      runId: request.runId,
      folder: request.folder.path,
      onStop: ({ source }) => {
        this.#stopNotes.push(`ended early by the threshold '${source}'`);
        stop();
      },
      onHookEnd: (end) => this.#event('hook', this.#closedNs, { ...end }),
    });
    this.#interventions = new InterventionBook(earlier?.checkpoint.interventions ?? [], (line) =>
      this.#folder.append('events.ndjson', line),
    );
    if (earlier === undefined) return;
    const { checkpoint, intervals, latencyLog } = earlier;
    this.#drift.carry(checkpoint.drift);
    this.#sliding.carry(checkpoint.sliding, checkpoint.collector.windows.length);
    this.#windows = checkpoint.windowFiles;
    for (const line of latencyLog) this.#latency.line(line);
    for (const interval of intervals) this.#drawn.add(interval);
  }

  /** This process begins to follow the schedule. */
  started(start: SegmentStart): void {
    const { beginNs, carrier } = start;
    const { runId, earlier } = this.#request;
    this.#segments = new Segments(earlier?.checkpoint ?? null, {
      beginNs,
      epochUnixMs: this.#epochUnixMs,
    });
    const { originNs, downBeforeSeconds } = this.#segments;
    this.#closedNs = beginNs;
    this.#facts = { targets: this.#targets, startNs: originNs, epochUnixMs: this.#epochUnixMs };
    this.#folder.begin('intervals.csv', [intervalsCsvHeader()]);
    const head: string[] = [];
    let begun = false;
    this.#log = new HistogramLog((text) => {
      const line = text.replace(/\n$/, '');
      this.#latency.line(line);
      if (begun) this.#folder.append('latency.hlog', line);
      else head.push(line);
    }, this.#unixMs(originNs));
    this.#folder.begin('latency.hlog', head);
    begun = true;
    const facts = { run: runId, carrier, targets: this.#targets };
    if (earlier === undefined) this.#event('started', beginNs, facts);
    else {
      this.#event('resumed', beginNs, { ...facts, generatorDownSeconds: downBeforeSeconds });
      this.#interventions.goOn({ ...start, at: new Date(this.#unixMs(beginNs)).toISOString() });
    }
  }

  message(message: GeneratorMessage): void {
    if (message.kind === 'link') {
      const { association, target, state, code, atNs } = message.link;
      if (state !== 'up' && state !== 'active') this.lastTrouble = troubleOf(state, this.#targets[target]!);
      this.#event('association', atNs, { association, target: this.#targets[target], state, code });
    } else {
      this.lastTrouble = `${this.#targets[message.target]}: ${message.text}`;
      const { association, text, atNs } = message;
      this.#event('m3ua', atNs, { association, target: this.#targets[message.target], text });
    }
  }

  intervention(intervention: Intervention): void {
    this.#interventions.add(intervention);
  }

  interval(interval: ClosedInterval): void {
    const facts = this.#facts!;
    const memoryMb = process.memoryUsage.rss() / BYTES_PER_MB;
    const rows = intervalRows(interval, facts, memoryMb);
    for (const row of rows) this.#folder.append('intervals.csv', intervalsCsvLine(row));
    logInterval(interval, facts, this.#log!);
    const all = rows[0]!;
    this.#drawn.add(all);
    this.#event('interval', interval.endNs, { due: all.due, answered: all.answered, outcomes: all.outcomes });
    this.#drift.add({
      seconds: all.elapsedSeconds,
      generatorMemory: memoryMb,
      latencyP50: all.latencyAllMs.p50,
      latencyP99: all.latencyAllMs.p99,
    });
    this.#closed.push(interval);
    this.#closedNs = interval.endNs;
    this.#unsaved = true;
  }

  /**
   * After every look of the collector: thresholds over windows, and what another process would need to go on.
   * @param ending the schedule was cut short: the intervals that close now are not whole, and who goes on later measures them again
   */
  looked(collector: Collector, nowNs: number, ending: boolean): void {
    const closed = this.#closed;
    this.#closed = [];
    for (const interval of closed) {
      this.#tell(this.#sliding.add(interval, collector.windows, collector.openGapsNs(nowNs)), nowNs);
    }
    if (closed.length === 0 && nowNs - this.#silenceLookedAtNs >= SILENCE_LOOK_NS) {
      this.#silenceLookedAtNs = nowNs;
      this.#tell(this.#sliding.silent(collector.openGapsNs(nowNs)), nowNs);
    }
    if (ending || !this.#unsaved || performance.now() < this.#nextCheckpointMs) return;
    this.#saveCheckpoint(collector);
    this.#unsaved = false;
  }

  /** @returns the name of the file that holds the rows behind the window */
  window({ target, window, rows }: FoundWindow): string {
    this.#windows += 1;
    const name = `outage-${this.#windows}.csv`;
    const names = { originNs: this.#facts!.startNs, targets: this.#targets };
    const durationMs = (window.endNs - window.gap.startNs) / 1e6;
    this.#folder.writeEvidence(name, () => outageCsvLines(rows, names), durationMs);
    this.#unsaved = true;
    this.#event('outage', window.endNs, {
      target: this.#targets[target],
      startedAt: new Date(this.#unixMs(window.gap.startNs)).toISOString(),
      durationMs,
      rows: name,
    });
    return name;
  }

  /** Sums up, evaluates the thresholds, and writes what belongs to the end of a run. */
  summary(collector: Collector, end: EndFacts): RunSummary {
    const { config, runId, version } = this.#request;
    const measured = summarize(collector, {
      run: {
        id: runId,
        startedAt: new Date(this.#unixMs(this.#segments.originNs)).toISOString(),
        durationSeconds: end.durationNs / 1e9,
        scenario: config.scenario,
        arrival: config.arrival.spacing === 'poisson' ? 'poisson' : config.arrival.shape.kind,
        seed: config.seed,
        carrier: end.carrier,
        workers: config.workers,
        targets: this.#targets,
        version,
        host: hostFacts(),
        interrupted: end.interrupted,
        segments: this.#segments.upTo(collector.scheduleEndNs, dueOf(collector)),
        settings: settingsOf(config),
      },
      startNs: this.#segments.originNs,
      epochUnixMs: this.#epochUnixMs,
      lagLimitNs: end.lagLimitNs,
      outageThresholdNs: config.outageThresholdNs,
      objectiveNs: config.objectiveNs,
      hasRelease: config.scenario === 'call',
      cpu: end.cpu,
      drift: this.#drift.summary(),
      interventions: this.#interventions.all,
      invalidReasons: end.workerFault === null ? [] : [`a worker ended early: ${end.workerFault.message}`],
      notes: [
        ...notesOf(end, config.cpuLatencyNs),
        ...this.#interventions.notes(end.durationNs),
        ...this.#stopNotes,
        ...this.#segments.notes(),
        ...this.#losses(collector),
      ],
    });
    const nowNs = collector.scheduleEndNs;
    for (const interval of this.#closed)
      this.#tell(this.#sliding.add(interval, collector.windows, []), nowNs);
    this.#tell(this.#sliding.finish(collector.targets.map(({ longestGapNs }) => longestGapNs)), nowNs);
    const sliding = this.#sliding.results();
    const thresholds = config.failIf.map((rule) =>
      rule.overNs === null ? evaluateThreshold(rule, measured) : sliding.shift()!,
    );
    const summary = withThresholds(measured, thresholds);
    this.#event('ended', collector.scheduleEndNs, { valid: summary.valid, interrupted: end.interrupted });
    this.#folder.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
    this.#folder.write('report.html', this.#page(summary));
    if (!end.interrupted && end.workerFault === null) this.#folder.remove(CHECKPOINT_FILE);
    return summary;
  }

  #tell(crossings: readonly Crossing[], nowNs: number): void {
    for (const crossing of crossings) {
      const { expression, crossed, value } = crossing;
      this.#event('threshold', nowNs, { expression, crossed, value });
      const measured = value === null ? 'no samples' : `measured ${Number(value.toPrecision(6))}`;
      this.#request.onNotice?.(
        `threshold ${crossed ? 'crossed' : 'holds again'}: ${expression}: ${measured}`,
      );
      this.#watch.act(crossing);
    }
  }

  /** Rows that went are named by no window any more. */
  #losses(collector: Collector): string[] {
    const { losses } = this.#folder;
    const gone = new Set(losses.evidence);
    collector.windows.forEach((kept, index) => {
      if (kept.rowsFile !== null && gone.has(kept.rowsFile))
        collector.windows[index] = { ...kept, rowsFile: null };
    });
    return lossesInWords(losses, this.#request.config.files.keepBytes);
  }

  #saveCheckpoint(collector: Collector): void {
    const { source, version, runId } = this.#request;
    if (source === undefined) return;
    const beganMs = performance.now();
    const text = checkpointText({
      ...{ version, runId, source },
      originUnixMs: this.#unixMs(this.#segments.originNs),
      epochUnixMs: this.#epochUnixMs,
      segments: this.#segments.upTo(this.#closedNs, dueOf(collector)),
      collector: collector.state(),
      interventions: this.#interventions.all,
      windowFiles: this.#windows,
      folder: this.#folder.marks,
      drift: { samples: this.#drift.samples, intervals: this.#drift.intervals },
      sliding: this.#sliding.state,
    });
    this.#folder.write(CHECKPOINT_FILE, text);
    const nowMs = performance.now();
    const wantedMs = Math.max(CHECKPOINT_MS_MIN, (nowMs - beganMs) / CHECKPOINT_SHARE);
    // A slow disk or a busy machine must not keep the next interval waiting, whatever its share.
    const mostMs = Math.max(CHECKPOINT_MS_MIN, this.#request.config.intervalNs / 2e6);
    this.#nextCheckpointMs = nowMs + Math.min(wantedMs, mostMs);
  }

  #page(summary: RunSummary): string {
    const { plotLibrary } = this.#request;
    return htmlReport({
      summary,
      intervals: this.#drawn.intervals(),
      latency: this.#latency.drawing(),
      plotLibrary,
    });
  }

  #unixMs(ns: number): number {
    return this.#epochUnixMs + ns / 1e6;
  }

  #event(event: string, atNs: number, fields: Readonly<Record<string, unknown>>): void {
    const at = new Date(this.#unixMs(atNs)).toISOString();
    this.#folder.append('events.ndjson', JSON.stringify({ event, at, ...fields }));
  }
}

function dueOf({ targets }: Collector): number {
  return targets.reduce((sum, { totals }) => sum + totals.due, 0);
}

function notesOf({ interrupted, abandoned, changeLateNs }: EndFacts, cpuLatencyNs: number | null): string[] {
  const notes = interrupted ? ['interrupted by the user before its planned end'] : [];
  if (abandoned) notes.push('the user would not wait for the requests in flight: they count as aborted');
  if (changeLateNs > 0) {
    notes.push(
      `a worker took up a change ${(changeLateNs / 1e6).toFixed(1)} ms late: until then it followed the rate before`,
    );
  }
  if (cpuLatencyNs !== null) {
    notes.push(
      `the processors of the generator's machine were held to a wake-up of ${cpuLatencyNs / 1e3} us: a target on the same machine was quicker than by itself`,
    );
  }
  return notes;
}

function troubleOf(state: string, target: string): string {
  switch (state) {
    case 'CANT_START':
      return `no SCTP association with ${target}; check that the target runs, its address and port, and the carrier`;
    case 'ABORT':
      return `${target} aborted the association; check the SCTP port and the M3UA role of the target`;
    case 'SHUTDOWN':
      return `${target} shut the association down`;
    case 'COMM_LOST':
      return `${target} stopped acknowledging`;
    default:
      return `${target}: ${state}`;
  }
}

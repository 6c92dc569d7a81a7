import type { RunConfig } from '../../config/run-config.js';
import type { ClosedInterval, Collector, FoundWindow } from '../../measure/collector.js';
import { HistogramLog } from '../../measure/histogram.js';
import type { IntervalRow } from '../../measure/interval.js';
import { type IntervalFacts, intervalRows, logInterval } from '../../measure/interval-rows.js';
import { summarize, withThresholds } from '../../measure/summarize.js';
import type { RunSummary } from '../../measure/summary.js';
import { evaluateThreshold } from '../../measure/thresholds.js';
import { htmlReport } from '../../report/html/page.js';
import { intervalsCsvHeader, intervalsCsvLine } from '../../report/intervals-csv.js';
import { outageCsvHeader, outageCsvLine } from '../../report/outage-csv.js';
import type { Carrier } from '../../transport/sctp.js';
import { hostFacts } from '../host-facts.js';
import type { ResultFolder } from '../result-folder.js';
import type { GeneratorMessage } from './messages.js';
import type { RunRequest } from './run-request.js';

/** Intervals drawn in report.html; a longer run draws every second, third ... one. All are in intervals.csv. */
const DRAWN_INTERVALS_MAX = 2_000;

/** What only the end of a run knows. */
export interface EndFacts {
  readonly startNs: number;
  readonly carrier: Carrier;
  readonly interrupted: boolean;
  /** Requests in flight were given up. */
  readonly abandoned: boolean;
  /** Length of the schedule as followed. */
  readonly durationNs: number;
  readonly lagLimitNs: number;
  readonly cpu: RunSummary['cpu'];
  readonly workerFault: Error | null;
}

/** Keeps the result folder of a run up to date while it goes on, and completes it at the end. */
export class ResultWriter {
  /** What the transport last complained about, in words for a user; null when nothing. */
  lastTrouble: string | null = null;
  readonly #request: RunRequest;
  readonly #folder: ResultFolder;
  readonly #targets: readonly string[];
  readonly #epochUnixMs: number;
  readonly #drawn: IntervalRow[] = [];
  #drawEvery = 1;
  #intervals = 0;
  #windows = 0;
  #facts: IntervalFacts | null = null;
  #log: HistogramLog | null = null;

  constructor(request: RunRequest, targets: readonly string[], epochUnixMs: number) {
    this.#request = request;
    this.#folder = request.folder;
    this.#targets = targets;
    this.#epochUnixMs = epochUnixMs;
  }

  /** The schedule begins. */
  started(startNs: number, carrier: Carrier): void {
    this.#facts = { targets: this.#targets, startNs, epochUnixMs: this.#epochUnixMs };
    this.#folder.append('intervals.csv', intervalsCsvHeader());
    const write = (text: string): void => this.#folder.append('latency.hlog', text.replace(/\n$/, ''));
    this.#log = new HistogramLog(write, this.#unixMs(startNs));
    this.#event('started', startNs, { run: this.#request.runId, carrier, targets: this.#targets });
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

  interval(interval: ClosedInterval): void {
    const facts = this.#facts!;
    const rows = intervalRows(interval, facts);
    for (const row of rows) this.#folder.append('intervals.csv', intervalsCsvLine(row));
    logInterval(interval, facts, this.#log!);
    this.#keepForDrawing(rows);
    const all = rows[0]!;
    this.#event('interval', interval.endNs, { due: all.due, answered: all.answered, outcomes: all.outcomes });
  }

  /** @returns the name of the file that holds the rows behind the window */
  window({ target, window, rows }: FoundWindow): string {
    this.#windows += 1;
    const name = `outage-${this.#windows}.csv`;
    const names = { originNs: this.#facts!.startNs, targets: this.#targets };
    const lines = [outageCsvHeader()];
    for (const row of rows.inDueOrder()) lines.push(outageCsvLine(row, names));
    this.#folder.write(name, `${lines.join('\n')}\n`);
    this.#event('outage', window.endNs, {
      target: this.#targets[target],
      startedAt: new Date(this.#unixMs(window.gap.startNs)).toISOString(),
      durationMs: (window.endNs - window.gap.startNs) / 1e6,
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
        startedAt: new Date(this.#unixMs(end.startNs)).toISOString(),
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
        settings: settingsOf(config),
      },
      startNs: end.startNs,
      epochUnixMs: this.#epochUnixMs,
      lagLimitNs: end.lagLimitNs,
      outageThresholdNs: config.outageThresholdNs,
      objectiveNs: config.objectiveNs,
      hasRelease: config.scenario === 'call',
      cpu: end.cpu,
      invalidReasons: end.workerFault === null ? [] : [`a worker ended early: ${end.workerFault.message}`],
      notes: notesOf(end),
    });
    const thresholds = config.failIf.map((rule) => evaluateThreshold(rule, measured));
    const summary = withThresholds(measured, thresholds);
    this.#event('ended', collector.scheduleEndNs, { valid: summary.valid, interrupted: end.interrupted });
    this.#folder.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
    const { plotLibrary } = this.#request;
    this.#folder.write('report.html', htmlReport({ summary, intervals: this.#drawn, plotLibrary }));
    return summary;
  }

  #keepForDrawing(rows: readonly IntervalRow[]): void {
    if (this.#intervals++ % this.#drawEvery !== 0) return;
    this.#drawn.push(...rows);
    const kept = this.#drawn.length / rows.length;
    if (kept < DRAWN_INTERVALS_MAX) return;
    // Every second interval goes; so the plot of a soak test stays as long as the run and no larger.
    this.#drawEvery *= 2;
    const half = this.#drawn.filter((_, index) => Math.floor(index / rows.length) % 2 === 0);
    this.#drawn.length = 0;
    this.#drawn.push(...half);
  }

  #unixMs(ns: number): number {
    return this.#epochUnixMs + ns / 1e6;
  }

  #event(event: string, atNs: number, fields: Readonly<Record<string, unknown>>): void {
    const at = new Date(this.#unixMs(atNs)).toISOString();
    this.#folder.append('events.ndjson', JSON.stringify({ event, at, ...fields }));
  }
}

function notesOf({ interrupted, abandoned }: EndFacts): string[] {
  const notes = interrupted ? ['interrupted by the user before its planned end'] : [];
  if (abandoned) notes.push('the user would not wait for the requests in flight: they count as aborted');
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

/** Settings that a reader of the result needs to judge it, by profile key. */
function settingsOf(config: RunConfig): RunSummary['run']['settings'] {
  const { sctp, addressing } = config;
  const ms = (ns: number | null): number | null => (ns === null ? null : ns / 1e6);
  return {
    ratePeakPerSecond: config.ratePeakPerSecond,
    distribution: config.distribution,
    timeoutMs: config.timeoutNs / 1e6,
    intervalMs: config.intervalNs / 1e6,
    tickMs: ms(config.tickNs),
    bundle: config.bundle,
    associationsPerTarget: config.associationsPerTarget,
    retransmitAfterMs: ms(config.retransmitAfterNs),
    rerouteAfterMs: ms(config.rerouteAfterNs),
    holdMs: config.scenario === 'call' ? ms(config.holdNs) : null,
    checkShare: config.checkShare,
    paddingBytes: config.paddingBytes,
    queueMaxPerWorker: config.slabSlotsPerWorker,
    role: addressing.role,
    routingContext: addressing.routingContext,
    serviceKey: addressing.serviceKey,
    rtoInitialMs: sctp.rtoInitialMs,
    rtoMinMs: sctp.rtoMinMs,
    rtoMaxMs: sctp.rtoMaxMs,
    sackDelayMs: sctp.sackDelayMs,
    associationMaxRetransmissions: sctp.associationMaxRetransmissions,
    sctpTimeToDeathMs: Math.round(config.sctpTimeToDeathMs),
  };
}

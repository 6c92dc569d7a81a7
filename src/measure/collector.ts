import { AssociationHistory } from './associations.js';
import { type Board, CONTROL } from './board.js';
import { type CollectorState, shiftWindow } from './collector-state.js';
import { type Capture, EVIDENCE_NS, Evidence } from './evidence.js';
import { GapMerge, type Span } from './gap-merge.js';
import { readProgress, takeGaps, takeHappenings, takeSlot, takeStalls } from './harvest.js';
import { type LiveCounts, readLiveCounts } from './live-counts.js';
import type { Reference } from './reference.js';
import type { RowTable } from './rows.js';
import { StallBook } from './stalls.js';
import { sumTotals, Totals } from './totals.js';
import { ValidityRule } from './validity.js';
import {
  type AssociationEvent,
  candidateThresholdNs,
  judgeGap,
  targetGapNs,
  type Window,
} from './windows.js';

/** What was counted in one interval; handed out once, when every request due in it has ended. */
export interface ClosedInterval {
  readonly index: number;
  readonly startNs: number;
  /** End of the interval, or of the schedule where that is earlier. */
  readonly endNs: number;
  readonly byTarget: readonly Totals[];
  readonly stallNs: number;
  /** Per target: longest gap that was found to have ended since the interval before closed. */
  readonly longestGapsNs: readonly number[];
}

/** An outage window as found, with the raw rows behind it. */
export interface FoundWindow {
  readonly target: number;
  readonly window: Window;
  readonly rows: RowTable;
  /** Some rows of the reference or of the window are missing: a named bound cut them. */
  readonly truncated: boolean;
}

export interface CollectorOptions {
  readonly boards: readonly Board[];
  readonly targets: readonly string[];
  /** Start of the schedule; of a run that goes on, the time at which it would have started without the interruption. */
  readonly startNs: number;
  /** Planned end of the schedule. */
  readonly endNs: number;
  readonly intervalNs: number;
  /** What another process has gathered of this run, and how much its clock is behind ours; null for a new run. */
  readonly earlier?: { readonly state: CollectorState; readonly shiftNs: number } | null;
  /** Requests a second that the schedule has for a target at a time. */
  readonly ratePerSecond: (target: number, timeNs: number) => number;
  readonly outageThresholdNs: number | null;
  /** RTO.Max as configured. */
  readonly rtoLimitNs: number;
  /** Whether the cluster says that a node took over from the other one in a time; unknown when left out. */
  readonly tookOver?: (fromNs: number, toNs: number) => boolean;
  /** Takes every interval as it closes. */
  readonly onInterval: (interval: ClosedInterval) => void;
  /** Takes every outage window when its evidence is complete; returns the name of the file that keeps the rows, or null. */
  readonly onWindow: (found: FoundWindow) => string | null;
}

/** A window as it is remembered; its rows were handed out. */
export interface KeptWindow {
  readonly target: number;
  readonly window: Window;
  readonly rowsFile: string | null;
}

/** What is kept per target over the whole run. */
export interface TargetRecord {
  readonly totals: Totals;
  longestGapNs: number;
  lastReference: Reference | null;
  /**
   * The latest gaps long enough to be looked at, each with as much time again for its backlog: no part of a reference period, whether they
   * were found to be windows or not.
   */
  readonly gaps: Span[];
}

/** Windows kept in detail; later ones are only counted. */
const WINDOWS_MAX = 10_000;
const EVENTS_MAX = 4096;
const GAPS_KEPT = 64;

/**
 * Reads the boards of all workers, closes intervals, finds outage windows. Lives in the main thread; its memory does not grow with
 * the length of the run. Call {@link harvest} every 100 ms or so, and {@link finish} when every worker has finished.
 */
export class Collector {
  readonly targets: readonly TargetRecord[];
  readonly windows: KeptWindow[] = [];
  readonly stalls: StallBook;
  readonly associations: AssociationHistory;
  readonly validity = new ValidityRule();
  readonly notes = new Set<string>();
  /** Faults of ours found by checking sums; empty in a correct program. */
  readonly faults: string[] = [];
  readonly #options: CollectorOptions;
  readonly #merges: readonly GapMerge[];
  readonly #evidence: Evidence;
  readonly #observedFromNs: number;
  readonly #events: (AssociationEvent & { readonly target: number })[] = [];
  #nextInterval = 0;
  #scheduleEndNs: number;
  #windowsRefused = 0;
  /** Requests that were due in an earlier process. */
  #earlierDue = 0;
  #recentGapsNs: number[];

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#scheduleEndNs = options.endNs;
    this.#merges = options.targets.map(() => new GapMerge(options.boards.length));
    this.#evidence = new Evidence(options.boards);
    this.stalls = new StallBook(options.boards.length);
    this.associations = new AssociationHistory(options.boards, options.targets.length);
    this.targets = options.targets.map(() => ({
      totals: new Totals(),
      longestGapNs: 0,
      lastReference: null,
      gaps: [],
    }));
    this.#recentGapsNs = options.targets.map(() => 0);
    if (options.earlier != null) this.#carry(options.earlier);
    this.#observedFromNs = this.#intervalStartNs(this.#nextInterval);
  }

  /** End of the schedule: as planned, or when it was cut short. */
  get scheduleEndNs(): number {
    return this.#scheduleEndNs;
  }

  /** The schedule was ended early (SIGINT): nothing is due after this time. */
  cutSchedule(endNs: number): void {
    this.#scheduleEndNs = Math.min(this.#scheduleEndNs, endNs);
  }

  /** Takes what the workers have finished with since the last call. */
  harvest(nowNs: number): void {
    const { boards } = this.#options;
    const progress = boards.map(readProgress);
    const watermarkNs = Math.min(...progress.map((p) => p.watermarkNs));
    const oldestDueNs = Math.min(...progress.map((p) => p.oldestDueNs));
    boards.forEach((board, worker) => {
      for (const stall of takeStalls(board)) this.stalls.add(worker, stall);
      this.#events.push(...takeHappenings(board));
      takeGaps(board, worker, this.#merges);
    });
    if (this.#events.length > EVENTS_MAX) this.#events.splice(0, EVENTS_MAX / 2);
    this.associations.sample(nowNs);
    this.#evidence.update();
    this.#findGaps(watermarkNs);
    for (const capture of this.#evidence.takeComplete(oldestDueNs)) this.#judge(capture, nowNs);
    while (this.#intervalEndNs(this.#nextInterval) <= Math.min(oldestDueNs, nowNs)) this.#closeInterval();
  }

  /** Takes all that is left. Every request must have ended. @param nowNs end of the observation. */
  finish(nowNs: number): void {
    this.harvest(nowNs);
    this.#findGaps(Number.POSITIVE_INFINITY);
    const lastNs = Math.max(nowNs, this.#scheduleEndNs);
    while (this.#intervalStartNs(this.#nextInterval) <= lastNs) this.#closeInterval();
    this.#merges.forEach((merge, target) => {
      const gap = merge.trailing();
      if (gap !== null) this.#consider(target, gap);
    });
    for (const capture of this.#evidence.takeComplete(Number.POSITIVE_INFINITY)) this.#judge(capture, nowNs);
    this.#checkSums();
    this.#noteBounds();
  }

  /** Counters for a progress line. */
  live(nowNs: number): LiveCounts & { readonly silentNs: number | null } {
    return { ...readLiveCounts(this.#options.boards), silentNs: this.#silentNs(nowNs) };
  }

  /** Gaps under way: the longest of those that are as long as an outage. */
  #silentNs(nowNs: number): number | null {
    let longestNs = 0;
    this.#merges.forEach((merge, target) => {
      const gap = merge.trailing();
      if (gap === null) return;
      const lengthNs = Math.min(nowNs, this.#scheduleEndNs) - gap.startNs;
      const limitNs = candidateThresholdNs(
        this.#options.outageThresholdNs,
        this.spacingNs(target, gap.startNs),
      );
      if (lengthNs > limitNs) longestNs = Math.max(longestNs, lengthNs);
    });
    return longestNs > 0 ? longestNs : null;
  }

  /** How long each target has been silent although requests wait, without the part during which no worker ran; 0 when it is not. */
  openGapsNs(nowNs: number): number[] {
    const stalls = this.stalls.common();
    return this.#merges.map((merge) => {
      const gap = merge.trailing();
      if (gap === null || gap.startNs >= nowNs) return 0;
      return targetGapNs({ ...gap, endNs: Math.min(nowNs, this.#scheduleEndNs) }, stalls, nowNs);
    });
  }

  /** What another process needs to go on with the run; see {@link CollectorOptions.earlier}. */
  state(): CollectorState {
    const { count, maxNs, totalNs } = this.stalls;
    return {
      nextInterval: this.#nextInterval,
      targets: this.targets.map(({ totals, longestGapNs }) => ({ totals: totals.compact(), longestGapNs })),
      windows: this.windows,
      windowsRefused: this.#windowsRefused,
      stalls: { count, maxNs, totalNs },
      validity: this.validity.state,
      notes: [...this.notes],
    };
  }

  #carry({ state, shiftNs }: NonNullable<CollectorOptions['earlier']>): void {
    this.#nextInterval = state.nextInterval;
    state.targets.forEach(({ totals, longestGapNs }, target) => {
      const record = this.targets[target]!;
      record.totals.addCompact(totals);
      record.longestGapNs = longestGapNs;
      this.#earlierDue += totals.due;
    });
    for (const kept of state.windows) this.windows.push(shiftWindow(kept, shiftNs));
    this.#windowsRefused = state.windowsRefused;
    this.stalls.carry(state.stalls);
    this.validity.carry(state.validity, shiftNs);
    for (const note of state.notes) this.notes.add(note);
  }

  #intervalStartNs(index: number): number {
    return this.#options.startNs + index * this.#options.intervalNs;
  }

  #intervalEndNs(index: number): number {
    return this.#intervalStartNs(index + 1);
  }

  #closeInterval(): void {
    const index = this.#nextInterval++;
    const startNs = this.#intervalStartNs(index);
    const fullEndNs = this.#intervalEndNs(index);
    const { boards } = this.#options;
    const byTarget = this.targets.map((record, target) => {
      const totals = new Totals();
      for (const board of boards) takeSlot(board, index, target, totals);
      record.totals.add(totals);
      return totals;
    });
    for (const board of boards) Atomics.store(board.control, CONTROL.harvested, index + 1);
    const endNs = Math.min(fullEndNs, Math.max(startNs, this.#scheduleEndNs));
    const sum = sumTotals(byTarget);
    const overruns = boards.reduce((count, board) => count + board.control[CONTROL.slotOverruns]!, 0);
    if (sum.due !== sum.ended && overruns === 0) {
      this.faults.push(
        `interval ${index}: ${sum.due} requests were due but ${sum.ended} ended: a fault of busyhour`,
      );
    }
    // Requests due at the very end of a schedule may fall into an interval without length.
    if (sum.due > 0)
      this.validity.add({ startNs, endNs, due: sum.due, offered: sum.offered, lagOver: sum.lagOver });
    if (endNs > startNs || sum.due > 0) {
      const stallNs = this.stalls.worstNs({ startNs, endNs: fullEndNs });
      const longestGapsNs = this.#recentGapsNs;
      this.#recentGapsNs = longestGapsNs.map(() => 0);
      this.#options.onInterval({ index, startNs, endNs, byTarget, stallNs, longestGapsNs });
    }
  }

  #findGaps(horizonNs: number): void {
    this.#merges.forEach((merge, target) => {
      for (const gap of merge.advance(horizonNs)) this.#consider(target, gap);
    });
  }

  #consider(target: number, gap: { lastAnswerNs: number; startNs: number; endNs: number }): void {
    const record = this.targets[target]!;
    const lengthNs = targetGapNs(gap, this.stalls.common(), this.#scheduleEndNs);
    record.longestGapNs = Math.max(record.longestGapNs, lengthNs);
    this.#recentGapsNs[target] = Math.max(this.#recentGapsNs[target]!, lengthNs);
    const candidateNs = candidateThresholdNs(
      this.#options.outageThresholdNs,
      this.spacingNs(target, gap.startNs),
    );
    if (lengthNs <= candidateNs) return;
    if (Number.isFinite(gap.endNs)) record.gaps.push({ startNs: gap.startNs, endNs: gap.endNs + lengthNs });
    if (record.gaps.length > GAPS_KEPT) record.gaps.shift();
    if (!this.#evidence.open(target, gap)) this.#windowsRefused++;
  }

  /** Mean time between requests to a target. */
  spacingNs(target: number, timeNs: number): number {
    const rate = this.#options.ratePerSecond(target, Math.min(timeNs, this.#scheduleEndNs));
    return rate > 0 ? 1e9 / rate : 0;
  }

  #judge(capture: Capture, nowNs: number): void {
    const { target, gap, rows } = capture;
    const record = this.targets[target]!;
    const endNs = Number.isFinite(gap.endNs) ? gap.endNs : nowNs;
    const rtoMaxMs = this.associations.rtoMaxMs(target);
    const window = judgeGap({
      gap,
      rows,
      stalls: this.stalls.common(),
      disturbed: this.#disturbed(target),
      earlierReference: record.lastReference,
      spacingNs: this.spacingNs(target, gap.startNs),
      thresholdNs: this.#options.outageThresholdNs,
      observedFromNs: this.#observedFromNs,
      scheduleEndNs: this.#scheduleEndNs,
      observedUntilNs: nowNs,
      events: this.#events.filter((event) => event.target === target),
      duplicateTsns: this.associations.duplicatesBetween(target, gap.startNs, endNs + 1e9),
      rtoLimitNs: this.#options.rtoLimitNs,
      rtoMaxNs: rtoMaxMs === null ? null : rtoMaxMs * 1e6,
      takeover: this.#options.tookOver?.(gap.startNs, endNs) ?? false,
    });
    if (window === null) return;
    if (window.reference.answers > 0) record.lastReference = window.reference;
    if (this.windows.length >= WINDOWS_MAX) {
      this.#windowsRefused++;
      return;
    }
    const truncated = capture.truncated || rows.refused > 0;
    if (truncated) {
      this.notes.add(
        'some outage windows lack rows of their reference or their drain: the rate exceeds the evidence ring',
      );
    }
    const rowsFile = this.#options.onWindow({ target, window, rows, truncated });
    this.windows.push({ target, window, rowsFile });
  }

  /** What lies before a gap and is not quiet: earlier windows until their recovery, and gaps that were looked at. */
  #disturbed(target: number): Span[] {
    const windows = this.windows.filter((kept) => kept.target === target).slice(-16);
    const recoveries = windows.map(({ window }) => ({
      startNs: window.gap.startNs,
      endNs: window.endNs + (window.recoveryNs ?? EVIDENCE_NS),
    }));
    return [...recoveries, ...this.targets[target]!.gaps];
  }

  #checkSums(): void {
    this.targets.forEach(({ totals }, target) => {
      const name = this.#options.targets[target]!;
      if (totals.due !== totals.ended) {
        this.faults.push(
          `${name}: ${totals.due} requests were due but ${totals.ended} ended: a fault of busyhour`,
        );
      }
    });
    const { due } = readLiveCounts(this.#options.boards);
    const harvested = this.targets.reduce((sum, record) => sum + record.totals.due, 0) - this.#earlierDue;
    if (due !== harvested) {
      this.faults.push(
        `workers counted ${due} due requests, the intervals hold ${harvested}: a fault of busyhour`,
      );
    }
  }

  #noteBounds(): void {
    const lost = (word: number) => this.#options.boards.reduce((sum, board) => sum + board.control[word]!, 0);
    const note = (count: number, text: string) => {
      if (count > 0) this.notes.add(`${count} ${text}`);
    };
    note(
      lost(CONTROL.gapsLost),
      'gap candidates were lost because the main thread did not run: gaps may be missing',
    );
    note(
      lost(CONTROL.stallsLost),
      'stalls of the generator were counted by no one because the main thread did not run',
    );
    note(
      lost(CONTROL.slotOverruns),
      'intervals were begun before an older one was taken: their requests count in that one',
    );
    note(
      this.#windowsRefused,
      'outage windows were not examined because too many were open at the same time',
    );
  }
}

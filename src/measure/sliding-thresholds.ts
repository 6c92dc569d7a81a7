import type { ClosedInterval, KeptWindow } from './collector.js';
import { summarizeDowntime } from './downtime.js';
import type { ThresholdResult } from './summary.js';
import { evaluateThreshold, failsEarly, type ThresholdFigures, type ThresholdRule } from './thresholds.js';
import { type CompactTotals, sumTotals, Totals } from './totals.js';

/**
 * Steps in which a window slides, at most so many to its length: one of 10 minutes slides by intervals of 10 s, one of a day by 24 minutes.
 *
 * ```
 *   intervals  | | | | | | | | | | | | |
 *   panes      |   |   |   |   |   |   |        a pane is one interval or several
 *   window         |===================|        the newest panes that make up its length
 * ```
 */
const PANES_MAX = 60;
/** Shorter intervals are taken together: to add up 60 panes costs some 20 ms of the main thread. */
const PANE_NS_MIN = 1e9;

/** Facts that do not change while windows slide. */
export interface SlidingFacts {
  readonly targets: readonly string[];
  readonly intervalNs: number;
  readonly epochUnixMs: number;
  readonly outageThresholdNs: number | null;
  readonly objectiveNs: number | null;
  readonly hasRelease: boolean;
}

/** A threshold was crossed, or holds again. */
export interface Crossing {
  /** Position of the rule. */
  readonly rule: number;
  /** `source` of the rule. */
  readonly expression: string;
  readonly crossed: boolean;
  /** In the metric's own unit; null: no samples, which crosses every threshold. */
  readonly value: number | null;
}

/** What is remembered of a rule over the whole run, as plain data. */
export interface SlidingState {
  readonly crossings: number;
  readonly worst: number | null;
  readonly evaluated: boolean;
}

interface Pane {
  readonly byTarget: readonly CompactTotals[];
  readonly longestGapsNs: readonly number[];
  readonly windows: readonly KeptWindow[];
  readonly stallNs: number;
  readonly lengthNs: number;
}

/** Panes of one window length, shared by all rules of that length. */
class Slide {
  readonly panesMax: number;
  readonly #intervalsPerPane: number;
  readonly #facts: SlidingFacts;
  readonly #panes: Pane[] = [];
  #filling: ClosedInterval[] = [];
  #fillingWindows: KeptWindow[] = [];

  constructor(overNs: number, facts: SlidingFacts) {
    const intervals = Math.max(1, Math.round(overNs / facts.intervalNs));
    const shortest = Math.min(intervals, Math.ceil(PANE_NS_MIN / facts.intervalNs));
    this.#intervalsPerPane = Math.max(shortest, Math.ceil(intervals / PANES_MAX));
    this.panesMax = Math.ceil(intervals / this.#intervalsPerPane);
    this.#facts = facts;
  }

  get full(): boolean {
    return this.#panes.length >= this.panesMax;
  }

  /** @returns true when a pane has become complete */
  add(interval: ClosedInterval, windows: readonly KeptWindow[]): boolean {
    this.#filling.push(interval);
    this.#fillingWindows.push(...windows);
    if (this.#filling.length < this.#intervalsPerPane) return false;
    this.closePane();
    return true;
  }

  closePane(): void {
    if (this.#filling.length === 0) return;
    const intervals = this.#filling;
    this.#panes.push({
      byTarget: this.#facts.targets.map((_, target) =>
        sumTotals(intervals.map(({ byTarget }) => byTarget[target]!)).compact(),
      ),
      longestGapsNs: this.#facts.targets.map((_, target) =>
        Math.max(...intervals.map(({ longestGapsNs }) => longestGapsNs[target]!)),
      ),
      windows: this.#fillingWindows,
      stallNs: intervals.reduce((sum, { stallNs }) => sum + stallNs, 0),
      lengthNs: intervals.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0),
    });
    if (this.#panes.length > this.panesMax) this.#panes.shift();
    this.#filling = [];
    this.#fillingWindows = [];
  }

  /** Figures of the newest panes. @param openGapsNs how long each target has been silent by now */
  figures(openGapsNs: readonly number[]): ThresholdFigures {
    const { targets, hasRelease } = this.#facts;
    const panes = this.#panes;
    const seconds = panes.reduce((sum, { lengthNs }) => sum + lengthNs, 0) / 1e9;
    const records = targets.map((_, target) => {
      const totals = new Totals();
      for (const { byTarget } of panes) totals.addCompact(byTarget[target]!);
      const longestGapNs = Math.max(openGapsNs[target]!, ...panes.map((pane) => pane.longestGapsNs[target]!));
      return { totals, longestGapNs };
    });
    const sum = sumTotals(records.map(({ totals }) => totals));
    return {
      run: { durationSeconds: seconds },
      cpu: { hostStealPercent: null },
      requests: sum.requestCounts(),
      ratePerSecond: sum.ratePerSecond(seconds),
      ...sum.figures(),
      releaseTimeMs: hasRelease ? sum.durations.release.figures() : null,
      downtime: summarizeDowntime({
        ...this.#facts,
        records,
        windows: panes.flatMap(({ windows }) => windows),
        durationSeconds: seconds,
        spacingNs: records.map(({ totals }) => (totals.due > 0 ? (seconds * 1e9) / totals.due : 0)),
      }),
      generatorStalls: {
        count: 0,
        maxMs: 0,
        totalMs: panes.reduce((all, { stallNs }) => all + stallNs, 0) / 1e6,
      },
    };
  }
}

interface Watched {
  readonly rule: ThresholdRule;
  readonly slide: Slide;
  readonly early: boolean;
  crossed: boolean;
  crossings: number;
  worst: number | null;
  evaluated: boolean;
}

/**
 * Thresholds over sliding windows. A rule is looked at whenever its window has slid on, and says so once each time that it is crossed anew. It waits until
 * its window is full, but for rules that a part of a window can break already: a count or a maximum above its limit.
 */
export class SlidingThresholds {
  readonly #watched: Watched[] = [];
  readonly #slides: Slide[];
  #windowsSeen = 0;
  /** Windows that came since the last interval closed. */
  #windows: KeptWindow[] = [];

  constructor(rules: readonly ThresholdRule[], facts: SlidingFacts) {
    const slides = new Map<number, Slide>();
    for (const rule of rules) {
      const overNs = rule.overNs!;
      const slide = slides.get(overNs) ?? new Slide(overNs, facts);
      slides.set(overNs, slide);
      const early = failsEarly(rule);
      this.#watched.push({ rule, slide, early, crossed: false, crossings: 0, worst: null, evaluated: false });
    }
    this.#slides = [...slides.values()];
  }

  get state(): SlidingState[] {
    return this.#watched.map(({ crossings, worst, evaluated }) => ({ crossings, worst, evaluated }));
  }

  /** Goes on from the state of an earlier process; windows begin anew, since none reaches across a time in which nothing was measured. */
  carry(state: readonly SlidingState[], windowsSeen: number): void {
    this.#windowsSeen = windowsSeen;
    state.forEach((one, rule) => {
      Object.assign(this.#watched[rule]!, one);
    });
  }

  /** An interval has closed. @param windows all outage windows of the run so far */
  add(interval: ClosedInterval, windows: readonly KeptWindow[], openGapsNs: readonly number[]): Crossing[] {
    if (this.#slides.length === 0) return [];
    this.#windows = windows.slice(this.#windowsSeen);
    this.#windowsSeen = windows.length;
    const slid = this.#slides.filter((slide) => slide.add(interval, this.#windows));
    return this.#evaluate(slid, openGapsNs, false);
  }

  /** Nothing has closed, but a target may have fallen silent. */
  silent(openGapsNs: readonly number[]): Crossing[] {
    return this.#evaluate(this.#slides, openGapsNs, true);
  }

  /** The run is over: rules whose window never became full are held against what there is. */
  finish(openGapsNs: readonly number[]): Crossing[] {
    for (const slide of this.#slides) slide.closePane();
    const crossings: Crossing[] = [];
    for (const watched of this.#watched.filter(({ evaluated }) => !evaluated)) {
      const crossing = this.#judge(watched, watched.slide.figures(openGapsNs), true);
      if (crossing !== null) crossings.push(crossing);
    }
    return crossings;
  }

  results(): ThresholdResult[] {
    return this.#watched.map(({ rule, worst, crossings }) => ({
      expression: rule.source,
      value: worst,
      failed: crossings > 0,
      crossings,
    }));
  }

  #evaluate(slides: readonly Slide[], openGapsNs: readonly number[], earlyOnly: boolean): Crossing[] {
    const crossings: Crossing[] = [];
    for (const slide of slides) {
      const due = this.#watched.filter(
        (each) => each.slide === slide && (each.early || (!earlyOnly && slide.full)),
      );
      if (due.length === 0) continue;
      const figures = slide.figures(openGapsNs);
      for (const watched of due) {
        const crossing = this.#judge(watched, figures);
        if (crossing !== null) crossings.push(crossing);
      }
    }
    return crossings;
  }

  #judge(watched: Watched, figures: ThresholdFigures, final = false): Crossing | null {
    const { rule, slide } = watched;
    const { value, failed } = evaluateThreshold(rule, figures);
    // The part of a window holds nothing yet that a sample could be missing of.
    if (value === null && !slide.full && watched.early && !final) return null;
    if (slide.full || failed || !watched.early) watched.evaluated = true;
    watched.worst = worseOf(rule, watched.worst, value);
    if (failed === watched.crossed) return null;
    watched.crossed = failed;
    if (failed) watched.crossings += 1;
    return { rule: this.#watched.indexOf(watched), expression: rule.source, crossed: failed, value };
  }
}

function worseOf({ operator }: ThresholdRule, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return b ?? a;
  if (operator === '>' || operator === '>=') return Math.max(a, b);
  if (operator === '<' || operator === '<=') return Math.min(a, b);
  return b;
}

import { KINDS, type Kind } from './board.js';
import { type CompactHistogram, DurationHistogram, mergeHistograms } from './histogram.js';
import {
  EVENT_COUNTS,
  type EventCount,
  type LatencyFigures,
  OUTCOMES,
  type Outcome,
  type RequestCounts,
  type RunSummary,
} from './summary.js';

/** {@link Totals} as plain data. */
export interface CompactTotals {
  readonly due: number;
  readonly offered: number;
  readonly answered: number;
  readonly lagOver: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly events: Readonly<Record<EventCount, number>>;
  /** Null: no sample. */
  readonly durations: Readonly<Record<Kind, CompactHistogram | null>>;
}

/** Everything counted about the requests of one target, in one interval or in all. */
export class Totals {
  due = 0;
  offered = 0;
  answered = 0;
  lagOver = 0;
  readonly outcomes = zeros(OUTCOMES);
  readonly events = zeros(EVENT_COUNTS);
  readonly durations: Readonly<Record<Kind, DurationHistogram>> = Object.fromEntries(
    KINDS.map((kind) => [kind, new DurationHistogram()]),
  ) as Record<Kind, DurationHistogram>;

  add(other: Totals): void {
    this.#addCounts(other);
    for (const kind of KINDS) this.durations[kind].merge(other.durations[kind]);
  }

  addCompact(other: CompactTotals): void {
    this.#addCounts(other);
    for (const kind of KINDS) {
      const compact = other.durations[kind];
      if (compact !== null) this.durations[kind].addCompact(compact);
    }
  }

  /** A copy as plain data. */
  compact(): CompactTotals {
    const { due, offered, answered, lagOver, durations } = this;
    const compact = KINDS.map((kind) => [kind, durations[kind].compact()] as const);
    return {
      ...{ due, offered, answered, lagOver },
      outcomes: { ...this.outcomes },
      events: { ...this.events },
      durations: Object.fromEntries(compact) as CompactTotals['durations'],
    };
  }

  #addCounts(other: Omit<CompactTotals, 'durations'>): void {
    this.due += other.due;
    this.offered += other.offered;
    this.answered += other.answered;
    this.lagOver += other.lagOver;
    for (const outcome of OUTCOMES) this.outcomes[outcome] += other.outcomes[outcome];
    for (const event of EVENT_COUNTS) this.events[event] += other.events[event];
  }

  /** Requests that have ended. */
  get ended(): number {
    return OUTCOMES.reduce((sum, outcome) => sum + this.outcomes[outcome], 0);
  }

  /** Latency with the requests that got no answer entered at the time they waited. */
  latencyAll(): DurationHistogram {
    return mergeHistograms([this.durations.latency, this.durations.censored]);
  }

  get sent(): number {
    return this.due - this.outcomes.unsent;
  }

  requestCounts(): RequestCounts {
    return { due: this.due, sent: this.sent, ...this.outcomes, ...this.events };
  }

  /** Means over a time. */
  ratePerSecond(seconds: number): RunSummary['ratePerSecond'] {
    const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0);
    return {
      offered: perSecond(this.offered),
      sent: perSecond(this.sent),
      answered: perSecond(this.answered),
    };
  }

  figures(): DurationFigures {
    return {
      latencyMs: this.durations.latency.figures(),
      latencyAllMs: this.latencyAll().figures(),
      serviceTimeMs: this.durations.service.figures(),
      scheduleLagMs: this.durations.lag.figures(),
      transportWaitMs: this.durations.wait.figures(),
    };
  }
}

export interface DurationFigures {
  readonly latencyMs: LatencyFigures;
  readonly latencyAllMs: LatencyFigures;
  readonly serviceTimeMs: LatencyFigures;
  readonly scheduleLagMs: LatencyFigures;
  readonly transportWaitMs: LatencyFigures;
}

/** Sum over several targets or intervals. */
export function sumTotals(parts: Iterable<Totals>): Totals {
  const sum = new Totals();
  for (const part of parts) sum.add(part);
  return sum;
}

function zeros<Name extends Outcome | EventCount>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

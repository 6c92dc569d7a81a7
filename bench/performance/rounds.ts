import type { Comparison, Judgement } from './comparisons.js';
import type { Figures } from './measure.js';

export interface Judged {
  readonly figure: string;
  readonly unit: string;
  readonly value: number | null;
  readonly floor: number;
  readonly aim: number;
  readonly verdict: 'aim' | 'floor' | 'below floor' | 'not measured';
}

export interface MeasuredComparison {
  readonly name: string;
  readonly title: string;
  /** One entry a round. */
  readonly busyhour: readonly Figures[];
  readonly baseline: readonly Figures[];
  readonly judged: readonly Judged[];
}

/** Measures both sides in every round; odd rounds begin with the other side. */
export async function measureComparison(comparison: Comparison, rounds: number): Promise<MeasuredComparison> {
  const busyhour: Figures[] = [];
  const baseline: Figures[] = [];
  for (let round = 0; round < rounds; round++) {
    const ours = async (): Promise<void> => {
      busyhour.push(bare(await comparison.busyhour()));
    };
    const c = async (): Promise<void> => {
      if (comparison.baseline !== null) baseline.push(bare(await comparison.baseline()));
    };
    for (const side of round % 2 === 0 ? [ours, c] : [c, ours]) await side();
  }
  return {
    name: comparison.name,
    title: comparison.title,
    busyhour,
    baseline,
    judged: comparison.judgements.map((judgement) => judge(judgement, busyhour, baseline)),
  };
}

function bare({ ...figures }: Figures): Figures {
  delete (figures as { summary?: unknown }).summary;
  return figures;
}

/** Ratios are taken round by round, and the median of them counts: what disturbs a round disturbs both sides. */
function judge(judgement: Judgement, ours: readonly Figures[], c: readonly Figures[]): Judged {
  const values = ours
    .map((figures, round) => judgement.of(figures, c[round] ?? null))
    .filter((value): value is number => value !== null && Number.isFinite(value));
  const value = median(values);
  const { figure, unit, floor, aim } = judgement;
  const reaches = (limit: number): boolean =>
    value !== null && (judgement.better === 'higher' ? value >= limit : value <= limit);
  const verdict =
    value === null ? 'not measured' : reaches(aim) ? 'aim' : reaches(floor) ? 'floor' : 'below floor';
  return { figure, unit, value, floor, aim, verdict };
}

/** Null when there is no value. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? null;
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** The lines that a comparison prints. */
export function formatComparison(measured: MeasuredComparison): string {
  const lines = [measured.title];
  for (const [name, rounds] of [
    ['busyhour', measured.busyhour],
    ['C', measured.baseline],
  ] as const) {
    if (rounds.length > 0) lines.push(`  ${name.padEnd(9)}${formatSide(rounds)}`);
  }
  for (const { figure, unit, value, floor, aim, verdict } of measured.judged) {
    const found = value === null ? '-' : short(value);
    lines.push(
      `  ${figure.padEnd(28)} ${found.padStart(9)} ${unit.padEnd(10)} floor ${short(floor)}, aim ${short(aim)}: ${verdict}`,
    );
  }
  return lines.join('\n');
}

function formatSide(rounds: readonly Figures[]): string {
  const middle = (of: (figures: Figures) => number | null): string => {
    const value = median(rounds.map(of).filter((each): each is number => each !== null));
    return value === null ? '-' : short(value);
  };
  return [
    `${middle((f) => f.answeredPerSecond)}/s`,
    `CPU generator ${middle((f) => f.generatorCpu)} (${middle((f) => f.generatorUsPerRequest)} us/request)`,
    `responder ${middle((f) => f.responderCpu)} (${middle((f) => f.responderUsPerRequest)} us)`,
    `latency p50 ${middle((f) => f.latencyUs.p50)} p99 ${middle((f) => f.latencyUs.p99)} us`,
    `lag p99.9 ${middle((f) => f.lagUs.p999)} us`,
    `clean ${rounds.filter((f) => f.clean).length}/${rounds.length}`,
  ].join('  ');
}

function short(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return value.toPrecision(3);
}

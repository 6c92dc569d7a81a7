import { ValueError } from './errors.js';

export const THRESHOLD_OPERATORS = ['>=', '<=', '==', '!=', '>', '<'] as const;
export type ThresholdOperator = (typeof THRESHOLD_OPERATORS)[number];

/** `--fail-if METRIC OP VALUE`, taken apart; it is evaluated against a summary elsewhere. */
export interface ThresholdExpression {
  /** As the user wrote it. */
  readonly source: string;
  /** Path in summary.json with the unit suffix left off, for instance `['latency', 'p99']`. */
  readonly path: readonly string[];
  readonly operator: ThresholdOperator;
  readonly value: number;
  /** `ns us ms s m h /s % B KB MB`, or empty: the metric's own unit. */
  readonly unit: string;
}

const FORM =
  /^\s*([A-Za-z][\w]*(?:\.\w+|\[\d+\])*)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?)\s*(ns|us|ms|s|m|h|\/s|%|B|KB|MB|)\s*$/;

/**
 * Reads `latency.p99>20ms`, `requests.timedOut > 0`, `rate.answered<1490/s`.
 * @throws ValueError
 */
export function parseThresholdExpression(source: string): ThresholdExpression {
  const match = FORM.exec(source);
  if (match === null) {
    throw new ValueError(
      `expected METRIC OP VALUE such as latency.p99>20ms or requests.timedOut>0 (OP one of ${THRESHOLD_OPERATORS.join(' ')}), got '${source}'`,
    );
  }
  const path = match[1]!.split(/[.[\]]+/).filter((part) => part !== '');
  return Object.freeze({
    source: source.trim(),
    path: Object.freeze(path),
    operator: match[2] as ThresholdOperator,
    value: Number(match[3]),
    unit: match[4]!,
  });
}

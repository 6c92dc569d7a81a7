import { ValueError } from './errors.js';
import { parseDurationNs } from './quantities.js';

export const THRESHOLD_OPERATORS = ['>=', '<=', '==', '!=', '>', '<'] as const;
export type ThresholdOperator = (typeof THRESHOLD_OPERATORS)[number];

/** What happens each time a threshold over a sliding window is crossed; that it is written to the events of the run goes without saying. */
export type ThresholdAction =
  | { readonly kind: 'mark' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'run'; readonly command: string };

/** `--fail-if [over WINDOW:] METRIC OP VALUE [then ACTION]`, taken apart; it is evaluated elsewhere. */
export interface ThresholdExpression {
  /** As the user wrote it, without the action. */
  readonly source: string;
  /** Path in summary.json with the unit suffix left off, for instance `['latency', 'p99']`. */
  readonly path: readonly string[];
  readonly operator: ThresholdOperator;
  readonly value: number;
  /** `ns us ms s m h /s % B KB MB`, or empty: the metric's own unit. */
  readonly unit: string;
  /** Length of the window that slides over the run; null: the whole run, at its end. */
  readonly overNs: number | null;
  readonly action: ThresholdAction;
}

const FORM =
  /^\s*([A-Za-z][\w]*(?:\.\w+|\[\d+\])*)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?)\s*(ns|us|ms|s|m|h|\/s|%|B|KB|MB|)\s*$/;
const WINDOW = /^\s*over\s+([^\s:]+)\s*:\s*(.*)$/s;
const ACTION = /^(.*?)\s+then\s+(.+?)\s*$/s;

/**
 * Reads `latency.p99>20ms`, `requests.timedOut > 0`, `over 10m: downtime.longestGap > 200ms then stop`.
 * @throws ValueError
 */
export function parseThresholdExpression(source: string): ThresholdExpression {
  const [, over = null, behind = source] = WINDOW.exec(source) ?? [];
  const [, condition = behind, then = null] = ACTION.exec(behind) ?? [];
  const match = FORM.exec(condition);
  if (match === null) {
    throw new ValueError(
      `expected METRIC OP VALUE such as latency.p99>20ms or requests.timedOut>0 (OP one of ${THRESHOLD_OPERATORS.join(' ')}), got '${source}'`,
    );
  }
  if (then !== null && over === null) {
    throw new ValueError(
      `'then ${then}' needs a window to slide, such as over 10m: ${condition.trim()} then ${then}`,
    );
  }
  const path = match[1]!.split(/[.[\]]+/).filter((part) => part !== '');
  return Object.freeze({
    source: over === null ? condition.trim() : `over ${over}: ${condition.trim()}`,
    path: Object.freeze(path),
    operator: match[2] as ThresholdOperator,
    value: Number(match[3]),
    unit: match[4]!,
    overNs: over === null ? null : windowNs(over, source),
    action: Object.freeze(then === null ? { kind: 'mark' as const } : actionOf(then)),
  });
}

function windowNs(text: string, source: string): number {
  const ns = parseDurationNs(text);
  if (ns <= 0) throw new ValueError(`the window of '${source}' has no length`);
  return ns;
}

function actionOf(text: string): ThresholdAction {
  if (text === 'mark' || text === 'stop') return { kind: text };
  const command = /^run\s+(\S.*)$/s.exec(text)?.[1];
  if (command !== undefined) return { kind: 'run', command };
  throw new ValueError(`expected then mark, then stop or then run COMMAND, got 'then ${text}'`);
}

/**
 * A threshold as a list of a profile may hold it: unquoted, `over 10m: METRIC OP VALUE` is a mapping of one key to YAML, and is meant as it was written.
 */
export function thresholdText(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  const entries = Object.entries(item as Record<string, unknown>);
  if (entries.length !== 1 || !entries[0]![0].startsWith('over ')) return item;
  return `${entries[0]![0]}: ${String(entries[0]![1])}`;
}

import { dependence, dependentMargin } from './autocorrelation.js';
import { describe, SAMPLES_MIN_FOR_MARGIN, type SampleStatistics } from './describe.js';

/** A reason to distrust a margin of error, for people. */
export type StatisticsWarning =
  | { readonly kind: 'tooFew'; readonly text: string }
  | { readonly kind: 'autocorrelated'; readonly text: string };

/** The papers' figures and what they keep quiet about. */
export interface JudgedStatistics extends SampleStatistics {
  readonly lag1Autocorrelation: number | null;
  readonly effectiveCount: number;
  readonly warnings: readonly StatisticsWarning[];
}

/** {@link describe} plus warnings when samples are too few or depend on each other. @param values samples in time order. */
export function judge(values: readonly number[]): JudgedStatistics {
  const statistics = describe(values);
  const { lag1, correlated, effectiveCount } = dependence(values);
  const warnings: StatisticsWarning[] = [];
  if (statistics.count < SAMPLES_MIN_FOR_MARGIN) {
    warnings.push({
      kind: 'tooFew',
      text: `only ${statistics.count} samples: a margin of error from fewer than ${SAMPLES_MIN_FOR_MARGIN} is too narrow; record more intervals`,
    });
  }
  if (correlated && lag1 !== null && statistics.standardDeviation !== null) {
    const margin = dependentMargin(statistics.standardDeviation, effectiveCount);
    warnings.push({
      kind: 'autocorrelated',
      text:
        `successive samples are correlated (lag-1 autocorrelation ${lag1.toFixed(2)}): they tell as much as ` +
        `${effectiveCount.toFixed(1)} independent ones, and the margin of error is nearer ${margin.toPrecision(3)}`,
    });
  }
  return { ...statistics, lag1Autocorrelation: lag1, effectiveCount, warnings };
}

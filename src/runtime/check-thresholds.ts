import { ConfigError, type ConfigFault } from '../config/errors.js';
import type { ThresholdExpression } from '../config/threshold-expression.js';
import { thresholdFault } from '../measure/thresholds.js';

/**
 * Do all `--fail-if` expressions name metrics that a summary has, in units that fit?
 * @throws ConfigError listing those that do not, before any load is offered
 */
export function checkThresholds(expressions: readonly ThresholdExpression[]): void {
  const faults = expressions.flatMap((expression): ConfigFault[] => {
    const message = thresholdFault(expression);
    return message === null ? [] : [{ origin: { kind: 'flag', flag: '--fail-if' }, key: 'failIf', message }];
  });
  if (faults.length > 0) throw new ConfigError(faults);
}

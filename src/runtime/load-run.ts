import { type LoadOptions, loadRunConfig } from '../config/load.js';
import type { RunConfig } from '../config/run-config.js';
import { thresholdFault } from '../measure/thresholds.js';

/**
 * The settings of a run whose thresholds name metrics that a summary has, in units that fit.
 * @throws ConfigError with every fault found
 */
export function loadRun(options: Omit<LoadOptions, 'thresholdFault'>): RunConfig {
  return loadRunConfig({ ...options, thresholdFault });
}

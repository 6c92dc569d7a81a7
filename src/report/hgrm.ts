import { percentileDistribution } from '../measure/histogram-log-read.js';

/**
 * Latency from the intended send time as a percentile distribution for HdrHistogram's plotters.
 * @param log text of `latency.hlog`. @throws RangeError naming the histogram that cannot be read.
 */
export function hgrmReport(log: string): string {
  return percentileDistribution(log);
}

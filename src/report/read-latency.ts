import { loggedIntervals } from '../measure/histogram-log-read.js';
import { type LatencyDrawing, LatencyPicture } from '../measure/latency-picture.js';

/**
 * What report.html draws of a `latency.hlog`.
 * @throws RangeError naming the line that holds no histogram
 */
export function latencyDrawingOf(log: string): LatencyDrawing {
  const picture = new LatencyPicture();
  for (const logged of loggedIntervals(log)) picture.add(logged);
  return picture.drawing();
}

import { type LatencyDrawing, LatencyPicture } from '../measure/latency-picture.js';

/**
 * What report.html draws of a `latency.hlog`.
 * @throws RangeError naming the line that holds no histogram
 */
export function latencyDrawingOf(log: string): LatencyDrawing {
  const picture = new LatencyPicture();
  log.split('\n').forEach((line, index) => {
    try {
      picture.line(line);
    } catch (cause) {
      if (cause instanceof RangeError) throw new RangeError(`line ${index + 1}: ${cause.message}`);
      throw cause;
    }
  });
  return picture.drawing();
}

import { decodeFromCompressedBase64, type Histogram, HistogramLogWriter } from 'hdr-histogram-js';

const NS_PER_MS = 1e6;

interface Pending {
  readonly histogram: Histogram;
  readonly startSeconds: number;
  endSeconds: number;
  intervals: number;
}

/**
 * A histogram log with `count` intervals of every tag made one: histograms are added up, nothing is lost but the time at which a value was counted.
 * @throws RangeError naming a line that is neither a comment, the legend nor an interval
 */
export function mergeLogIntervals(log: string, count: number): string {
  let out = '';
  const writer = new HistogramLogWriter((text) => {
    out += text;
  });
  const pending = new Map<string, Pending>();
  const flush = (tag: string, { histogram, startSeconds, endSeconds }: Pending): void => {
    histogram.tag = tag;
    writer.outputIntervalHistogram(histogram, startSeconds, endSeconds, NS_PER_MS);
    pending.delete(tag);
  };
  for (const [index, line] of log.split('\n').entries()) {
    if (line === '') continue;
    if (line.startsWith('#') || line.startsWith('"')) {
      out += `${line}\n`;
      continue;
    }
    const fields = /^Tag=([^,]*),([\d.]+),([\d.]+),[^,]*,(.+)$/.exec(line);
    if (fields === null) throw new RangeError(`line ${index + 1} of the histogram log holds no interval`);
    const [tag, start, length] = [fields[1]!, Number(fields[2]), Number(fields[3])];
    const histogram = decodeFromCompressedBase64(fields[4]!, 64, false);
    const known = pending.get(tag);
    if (known === undefined) {
      pending.set(tag, { histogram, startSeconds: start, endSeconds: start + length, intervals: 1 });
    } else {
      known.histogram.add(histogram);
      known.endSeconds = start + length;
      known.intervals += 1;
    }
    const now = pending.get(tag)!;
    if (now.intervals >= count) flush(tag, now);
  }
  for (const [tag, rest] of [...pending]) flush(tag, rest);
  return out;
}

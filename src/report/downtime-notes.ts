import type { DowntimeSummary, RunSummary } from '../measure/summary.js';
import { grouped } from './format.js';

/** Whose figures the top level of "Downtime" shows; null with one target. */
export function whoseDowntime({ byTarget, pauseMs, longestGapMs }: DowntimeSummary): string | null {
  if (byTarget.length < 2) return null;
  const worst = byTarget.find(
    (figures) =>
      figures.pauseMs.atMost === pauseMs.atMost &&
      figures.pauseMs.atLeast === pauseMs.atLeast &&
      figures.longestGapMs === longestGapMs,
  );
  const of = worst === undefined ? 'Of' : `Of ${worst.target},`;
  return `${of} the worst of ${byTarget.length} targets.`;
}

/** What keeps a reader from adding up or comparing figures that are not alike, each a sentence; empty where nothing can be mistaken. */
export function downtimeNotes({ downtime, requests, run }: RunSummary): string[] {
  const { byTarget, longestGapMs, maxResponseMs } = downtime;
  const outages = Math.max(0, ...windowsByTarget(downtime));
  const notes: string[] = [];
  if (outages > 1) {
    const whose = byTarget.length > 1 ? 'the outages of a target' : `all ${grouped(outages)} outages`;
    notes.push(
      `Pause, loss-derived and degraded add up ${whose}; longest gap and recovery are those of one outage.`,
    );
  }
  const rerouted = requests.rerouted > 0 && byTarget.length > 1;
  if (rerouted && maxResponseMs !== null && maxResponseMs < longestGapMs) {
    const after = run.settings.rerouteAfterMs;
    const when =
      typeof after === 'number' ? ` after ${grouped(after)} ms or when their association was lost` : '';
    notes.push(
      `No response took as long as the longest gap: ${grouped(requests.rerouted)} requests without an answer went to another target${when}, and it answered them.`,
    );
  }
  return notes;
}

function windowsByTarget({ byTarget, windows }: DowntimeSummary): number[] {
  return byTarget.length < 2 ? [windows.length] : byTarget.map((figures) => figures.windows.length);
}

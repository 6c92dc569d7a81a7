import type { HeapProfiler } from 'node:inspector';

/** Bytes that each place of the code has put on JavaScript's heap, by `function file:line`. */
export type HeapSites = Map<string, number>;

/** Short-lived objects are counted too: what the collector takes is what costs time. */
export const SAMPLING = {
  samplingInterval: 16_384,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
} as HeapProfiler.StartSamplingParameterType;

/** Adds up a profile by place. */
export function heapSites(head: HeapProfiler.SamplingHeapProfileNode): HeapSites {
  const sites: HeapSites = new Map();
  const add = ({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): void => {
    const { functionName, url, lineNumber } = callFrame;
    const place = `${functionName || '(anonymous)'} ${url.replace(/^.*\/dist\//, '')}:${lineNumber + 1}`;
    sites.set(place, (sites.get(place) ?? 0) + selfSize);
    for (const child of children) add(child);
  };
  add(head);
  return sites;
}

export function totalBytes(sites: HeapSites): number {
  return [...sites.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** The places that leave more than a hundredth of a byte a request, the largest first. */
export function formatSites(sites: HeapSites, requests: number): string {
  return [...sites]
    .map(([place, bytes]) => ({ place, each: bytes / requests }))
    .filter(({ each }) => Math.abs(each) > 0.01)
    .sort((a, b) => b.each - a.each)
    .map(({ place, each }) => `  ${each.toFixed(3).padStart(8)}  ${place}\n`)
    .join('');
}

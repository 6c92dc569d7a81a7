import { describe, expect, it } from 'vitest';
import { sampleInterval, sampleIntervals, sampleLatency } from '../../../test/support/sample-rows.js';
import { NO_SAMPLES, OUTAGE, sampleSummary, stoppedSummary } from '../../../test/support/sample-summary.js';
import { readPlotLibrary } from '../../cli/plot-library.js';
import { LatencyPicture } from '../../measure/latency-picture.js';
import type { RunSummary } from '../../measure/summary.js';
import { htmlReport } from './page.js';

const plotLibrary = readPlotLibrary();
const latency = sampleLatency();
const page = (summary: RunSummary, intervals = sampleIntervals()): string =>
  // Spaces that hold a number together are read as spaces here.
  htmlReport({ summary, intervals, latency, plotLibrary }).replaceAll('\u202f', ' ');

interface PlotData {
  readonly plots: {
    id: string;
    positions: number[];
    series: { label: string; values: (number | null)[] }[];
  }[];
  readonly heat: { columns: [number, number, number, number[]][] } | null;
  readonly marks: { from: number; to: number | null }[];
}

function plotData(html: string): PlotData {
  const match = /<script type="application\/json" id="plot-data">(.*)<\/script>/.exec(html);
  return JSON.parse(match![1]!) as PlotData;
}

/** Elements that were opened and not closed, or closed and not opened, outside scripts and styles. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  const markup = html.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '').replace(/<!doctype html>/, '');
  for (const [, slash, name] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (name === 'meta' || name === 'link') continue;
    if (slash === '') open.push(name!);
    else if (open.pop() !== name) faults.push(name!);
  }
  return [...faults, ...open];
}

describe('report.html', () => {
  it('puts the verdict first', () => {
    const html = page(stoppedSummary());
    const verdict = html.indexOf('was out of service for 688.4 to 712.0 ms');
    expect(verdict).toBeGreaterThan(0);
    for (const later of ['Longest gap', 'Over time', 'Requests by outcome']) {
      expect(html.toLowerCase().indexOf(later.toLowerCase(), html.indexOf('<main>'))).toBeGreaterThan(
        verdict,
      );
    }
  });

  it('ends no line inside a number, or between it and its unit', () => {
    const html = htmlReport({
      summary: stoppedSummary(),
      intervals: sampleIntervals(),
      latency,
      plotLibrary,
    });
    expect(html).toContain('688.4 to 712.0\u202fms');
    expect(html).toContain('1\u202f050');
    expect(html.slice(html.indexOf('<main>'), html.indexOf('</main>'))).not.toMatch(/\d (\d{3}|ms)\b/);
  });

  it('is one well-formed file that refers to nothing outside itself', () => {
    for (const summary of [
      stoppedSummary(),
      sampleSummary(),
      sampleSummary({ valid: false, invalidReasons: ['x'] }),
    ]) {
      const html = page(summary);
      expect(unbalanced(html)).toEqual([]);
      const markup = html.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '');
      expect(markup).not.toMatch(/\bsrc=|href="(?!#|data:,")|url\(|@import|<iframe/);
      expect(html).toContain("default-src 'none'");
    }
  });

  it('keeps foreign strings text, wherever they stand', () => {
    const evil = `</script><img src=x onerror="alert('1')">&<!--`;
    const base = stoppedSummary();
    const html = page(
      stoppedSummary({
        run: { ...base.run, id: evil, targets: [evil], settings: { [evil]: evil } },
        notes: [evil],
        downtime: {
          ...base.downtime,
          windows: [{ ...OUTAGE, target: evil, rowsFile: evil }],
          byTarget: [
            { ...base.downtime, target: evil },
            { ...base.downtime, target: 'b' },
          ],
        },
        thresholds: [{ expression: evil, value: 1, failed: true }],
        transport: {
          associations: [{ ...base.transport.associations[0]!, id: evil, endpoint: evil, state: evil }],
        },
      }),
    );
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<!--');
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect(unbalanced(html)).toEqual([]);
  });

  it('draws the intervals and marks the outage where it was', () => {
    const { plots, marks } = plotData(page(stoppedSummary()));
    expect(plots.map(({ id }) => id)).toEqual(['latency', 'rate', 'lag', 'spectrum']);
    const latency = plots[0]!;
    expect(latency.positions).toEqual(Array.from({ length: 20 }, (_, second) => second));
    expect(latency.series.map(({ label }) => label)).toEqual(['p50', 'p90', 'p99', 'maximum']);
    expect(Math.max(...(latency.series[3]!.values as number[]))).toBe(712.3);
    expect(marks).toHaveLength(1);
    expect(marks[0]!.from).toBeCloseTo(10.188, 6);
    expect(marks[0]!.to).toBeCloseTo(10.899, 6);
  });

  it('breaks the lines where nothing was measured between two segments', () => {
    const seconds = [0, 1, 2, 7, 8];
    const { plots } = plotData(
      page(
        stoppedSummary(),
        seconds.map((second) => sampleInterval(second)),
      ),
    );
    for (const { id, positions, series } of plots.filter(({ id }) => id !== 'spectrum')) {
      expect([id, ...positions]).toEqual([id, 0, 1, 2, 3, 7, 8]);
      for (const { values } of series) {
        expect(values.map((value) => value === null)).toEqual([false, false, false, true, false, false]);
      }
    }
  });

  it('has a text alternative and a table for every plot', () => {
    const html = page(stoppedSummary());
    expect(html.match(/role="img" aria-label="[^"]{40,}"/g)).toHaveLength(5);
    expect(html.match(/<details>/g)).toHaveLength(5);
    expect(html).toContain('Largest latency: 712.3 ms, due in the interval that began at 10 s');
  });

  it('stays small over days, and a merged point shows the worst of what it stands for', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) =>
      sampleInterval(index, index === 12_345 ? 900 : 2),
    );
    const html = page(sampleSummary(), rows);
    const { plots } = plotData(html);
    expect(plots[0]!.positions.length).toBeLessThanOrEqual(1500);
    expect(Math.max(...(plots[0]!.series[3]!.values as number[]))).toBe(900);
    expect(plots[1]!.series[0]!.values[0]).toBe(1500);
    expect(html.length).toBeLessThan(600_000);
  });

  it('draws every answer of the log in the heat map, and the percentiles up to the maximum', () => {
    const html = page(stoppedSummary());
    const { heat, plots } = plotData(html);
    const counted = heat!.columns.map(([, , , counts]) => counts.reduce((sum, count) => sum + count, 0));
    expect(counted).toEqual(Array.from({ length: 20 }, () => 1000));
    expect(heat!.columns[10]!.slice(0, 2)).toEqual([10, 11]);
    const spectrum = plots.at(-1)!;
    expect(spectrum.positions.at(-1)).toBe(20_000);
    expect(spectrum.series[0]!.values.at(-1)).toBe(712.31);
    expect(html).toMatch(/20 000 answered requests: p50 0\.30\d ms, p90 .* maximum 712\.3 ms/);
  });

  it('says so where there is nothing to draw', () => {
    expect(page(sampleSummary(), [])).not.toContain('Over time');
    const silent = sampleInterval(0, 1, { latencyAllMs: NO_SAMPLES });
    expect(page(sampleSummary(), [silent])).toContain('no samples');
    const without = htmlReport({
      summary: sampleSummary(),
      intervals: [silent],
      latency: new LatencyPicture().drawing(),
      plotLibrary,
    });
    expect(without).not.toContain('plot-heat"');
    expect(without).not.toContain('<h2>Distribution');
  });
});

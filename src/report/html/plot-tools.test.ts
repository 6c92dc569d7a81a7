import { describe, expect, it } from 'vitest';
import { PLOT_TOOLS } from './plot-tools.js';

interface Tools {
  timeLabels(plot: null, splits: readonly number[], axis: number, space: number, step: number): string[];
}

// The script of a page: it touches the document only when it draws.
const tools = new Function(`${PLOT_TOOLS} return plotTools;`)() as Tools;
const labels = (to: number, step: number): string[] => {
  const splits = Array.from({ length: Math.floor(to / step) + 1 }, (_, n) => n * step);
  return tools.timeLabels(null, splits, 0, 50, step).map((text) => text.replace('\u202f', ' '));
};

describe('labels of a time axis', () => {
  it('are all in one unit, and in whole ones', () => {
    expect(labels(10, 2)).toEqual(['0 s', '2 s', '4 s', '6 s', '8 s', '10 s']);
    expect(labels(1, 0.5)).toEqual(['0 s', '0.5 s', '1 s']);
    expect(labels(140, 20).slice(-3)).toEqual(['1:40 min', '2:00 min', '2:20 min']);
    expect(labels(600, 120)).toEqual(['0 min', '2 min', '4 min', '6 min', '8 min', '10 min']);
    expect(labels(9_600, 1_200).slice(-2)).toEqual(['2:20 h', '2:40 h']);
    expect(labels(259_200, 43_200)).toEqual(['0 h', '12 h', '24 h', '36 h', '48 h', '60 h', '72 h']);
  });
});

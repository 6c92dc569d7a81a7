import { describe, expect, it } from 'vitest';
import { WESTMINSTER_2017_TABLE_2 } from '../papers/westminster-2017.js';
import { normalRandom, type Random, seededRandom } from '../statistics/random.js';
import type { TransferPoint } from './conditional.js';
import { type FittedInterval, fitTransfer, predictTransfer } from './fit.js';
import { findTransferRow, paperModel, type TransferModel, transferredMb } from './model.js';

/** Points on the curve of a model, `noiseMb` normal error on each. */
function measured(
  model: TransferModel,
  am: readonly number[],
  noiseMb = 0,
  random?: Random,
): TransferPoint[] {
  return am.map((amMb) => ({
    amMb,
    transferredMb: transferredMb(model, amMb) + (random ? noiseMb * normalRandom(random) : 0),
  }));
}

const grid = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

const holds = (interval: FittedInterval, value: number): boolean =>
  (interval.lower === null || interval.lower <= value) &&
  (interval.upper === null || value <= interval.upper);

describe('model', () => {
  it('evaluates Table 2', () => {
    // Computed apart from this code: CMDT + 9.6 e^(AF AM).
    const expected: Readonly<Record<string, readonly [number, number]>> = {
      idle: [500, 90],
      apache: [500, 465.5463],
      specjvm2008: [100, 376.586],
      postgresql: [300, 384.3108],
      'vm-allocator-10': [500, 426.1003],
      'vm-allocator-20': [500, 494.9594],
      'vm-allocator-30': [500, 553.9593],
    };
    expect(Object.keys(expected)).toEqual(WESTMINSTER_2017_TABLE_2.map((row) => row.workload));
    for (const row of WESTMINSTER_2017_TABLE_2) {
      const [am, transferred] = expected[row.workload]!;
      expect(transferredMb(paperModel(row), am), row.workload).toBeCloseTo(transferred, 3);
      expect(transferredMb(paperModel(row), 0)).toBeCloseTo(row.cmdtMb + (row.af === null ? 0 : 9.6), 12);
    }
  });

  it('says when AM is far outside what it can evaluate', () => {
    expect(() => transferredMb(paperModel(findTransferRow('specjvm2008')!), 1e6)).toThrow('no finite value');
    expect(findTransferRow('nonsense')).toBeNull();
  });
});

describe('fit', () => {
  it('recovers every row of Table 2 from noise-free points', () => {
    for (const row of WESTMINSTER_2017_TABLE_2) {
      if (row.af === null) continue;
      for (const am of [grid(50, 700, 4), grid(10, 900, 25), grid(300, 600, 8)]) {
        const fit = fitTransfer(measured(paperModel(row), am));
        expect(Math.abs(fit.cmdtMb / row.cmdtMb - 1), `${row.workload} CMDT`).toBeLessThan(0.01);
        expect(Math.abs(fit.mfMb / 9.6 - 1), `${row.workload} MF`).toBeLessThan(0.01);
        expect(Math.abs(fit.af / row.af - 1), `${row.workload} AF`).toBeLessThan(0.01);
      }
    }
  });

  it('passes through three points exactly, and claims no confidence', () => {
    const fit = fitTransfer(measured({ cmdtMb: 100, mfMb: 20, af: 0.005 }, [0, 200, 500]));
    expect(fit.cmdtMb).toBeCloseTo(100, 3);
    expect(fit.confidence).toBeNull();
    expect(fit.residualStandardError).toBeNull();
  });

  it('holds MF where it is told to', () => {
    const fit = fitTransfer(measured({ cmdtMb: 175, mfMb: 9.6, af: 0.00682 }, [0, 300, 600]), { mfMb: 9.6 });
    expect(fit).toMatchObject({ mfMb: 9.6, mfFixed: true });
    expect(fit.af).toBeCloseTo(0.00682, 7);
    expect(fit.confidence?.mfMb).toEqual({ lower: 9.6, upper: 9.6 });
  });

  it('leaves open what the points do not bound', () => {
    const fit = fitTransfer([
      { amMb: 0, transferredMb: 100 },
      { amMb: 100, transferredMb: 121 },
      { amMb: 200, transferredMb: 139 },
      { amMb: 300, transferredMb: 162 },
    ]);
    expect(fit.confidence?.af.lower).toBeNull();
    expect(fit.confidence?.cmdtMb.lower).toBeNull();
    expect(fit.confidence?.mfMb.upper).toBeNull();
  });

  it.each([
    ['constant', 8, undefined],
    ['constant', 20, undefined],
    ['constant', 8, 9.6],
    ['relative', 12, undefined],
  ] as const)('covers planted parameters, %s error, %i points, MF %s', (weights, count, mfMb) => {
    const random = seededRandom(20261120 + count);
    const model = { cmdtMb: 175, mfMb: 9.6, af: 0.00682 };
    const inside = { cmdtMb: 0, mfMb: 0, af: 0, prediction: 0, measurement: 0 };
    const curve = transferredMb(model, 420);
    for (let set = 0; set < 1000; set++) {
      const noisy = (am: number) => {
        const exact = transferredMb(model, am);
        return exact + normalRandom(random) * (weights === 'relative' ? 0.02 * exact : 8);
      };
      const points = grid(0, 700, count).map((amMb) => ({ amMb, transferredMb: noisy(amMb) }));
      const options = { weights, ...(mfMb === undefined ? {} : { mfMb }) };
      const { confidence } = fitTransfer(points, options);
      for (const name of ['cmdtMb', 'mfMb', 'af'] as const) {
        if (holds(confidence![name], model[name])) inside[name]++;
      }
      const prediction = predictTransfer(points, 420, options);
      if (holds(prediction.curve!, curve)) inside.prediction++;
      if (holds(prediction.measurement!, noisy(420))) inside.measurement++;
    }
    for (const [name, count_] of Object.entries(inside)) {
      if (name === 'mfMb' && mfMb !== undefined) continue;
      expect(count_, name).toBeGreaterThanOrEqual(930);
      expect(count_, name).toBeLessThanOrEqual(970);
    }
  });

  it('says when the points show a line or a step', () => {
    const notes = (values: readonly number[]) =>
      fitTransfer(values.map((transferredMb, i) => ({ amMb: 100 * i, transferredMb }))).notes.join();
    expect(notes([100, 110, 120, 130, 140])).toContain('a straight line fits');
    expect(notes([100, 101, 100, 101, 500])).toContain('do not bound AF from above');
    expect(notes([100, 121, 139, 162])).toContain('do not bound AF from below');
    expect(notes([100, 101, 120, 200, 500])).toBe('');
  });

  it('says what is wrong with points that cannot carry the model', () => {
    const flat = (values: readonly number[]) =>
      values.map((transferredMb, i) => ({ amMb: 100 * i, transferredMb }));
    expect(() => fitTransfer(flat([100, 110]))).toThrow('2 different values of am_mb');
    expect(() => fitTransfer(flat([900, 890, 850, 700, 300]))).toThrow('does not grow');
    expect(() => fitTransfer([...flat([100, 110, 150]), { amMb: -1, transferredMb: 5 }])).toThrow('point 4');
  });
});

describe('prediction', () => {
  it('marks an extrapolation and widens with distance', () => {
    const random = seededRandom(4);
    const points = measured({ cmdtMb: 213, mfMb: 9.6, af: 0.0062 }, grid(50, 600, 12), 6, random);
    const near = predictTransfer(points, 400);
    const far = predictTransfer(points, 900);
    const width = (interval: FittedInterval | null) => interval!.upper! - interval!.lower!;
    expect(near.extrapolated).toBe(false);
    expect(far.extrapolated).toBe(true);
    expect(width(far.curve)).toBeGreaterThan(3 * width(near.curve));
    expect(width(near.measurement)).toBeGreaterThan(width(near.curve));
  });
});

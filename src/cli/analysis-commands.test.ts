import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandRunner } from '../../test/support/commands.js';
import { sampleSummary } from '../../test/support/sample-summary.js';
import { register as registerCompare } from './compare.js';
import { EXIT } from './io.js';
import { register as registerLmdt } from './lmdt.js';
import { register as registerStats } from './stats.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-analysis-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const busyhour = commandRunner([registerStats, registerLmdt, registerCompare], { cwd: () => folder });

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};

describe('stats', () => {
  it('prints the contract as JSON', async () => {
    const csv = file('eight.csv', 'when,ms\n1,2\n2,4\n3,4\n4,4\n5,5\n6,5\n7,-\n8,7\n9,9\n');
    const { code, out, err } = await busyhour('stats', csv, '--column', 'ms', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ count: 8, mean: 5, variance: 4, standardDeviation: 2 });
    expect(JSON.parse(out).marginOfError).toBeCloseTo(1.38592929, 8);
    expect(err).toContain('only 8 samples');
  });

  it('takes the rows of all targets unless told otherwise', async () => {
    const csv = file('targets.csv', 'target,v\nall,1\na,5\nall,3\na,7\n');
    const all = await busyhour('stats', csv, '--column', 'v', '--json');
    expect(JSON.parse(all.out).mean).toBe(2);
    const one = await busyhour('stats', csv, '--column', 'v', '--json', '--where', 'target=a');
    expect(JSON.parse(one.out).mean).toBe(6);
  });

  it('names file, line and remedy', async () => {
    expect(await busyhour('stats', 'none.csv', '--column', 'x')).toMatchObject({
      code: 2,
      err: 'none.csv: no such file',
    });
    const csv = file('bad.csv', 'a,b\n1,2\nx,3\n');
    expect((await busyhour('stats', csv, '--column', 'a')).err).toContain(
      "bad.csv: line 3: column 'a' holds 'x'",
    );
    expect((await busyhour('stats', csv, '--column', 'c')).err).toContain('the file has a, b');
    expect((await busyhour('stats', csv)).code).toBe(2);
  });
});

describe('lmdt', () => {
  it('predicts by Table 2 with the error that the paper states', async () => {
    const { out } = await busyhour('lmdt', 'predict', '--am', '500', '--model', 'apache', '--json');
    const prediction = JSON.parse(out);
    expect(prediction.transferredMb).toBeCloseTo(465.5463, 3);
    expect(prediction.expected.lower).toBeCloseTo(465.5463 / 1.04, 3);
    expect((await busyhour('lmdt', 'predict', '--am', '10', '--model', 'idle')).out).toContain('90.00 MB');
  });

  it('fits, and predicts from the file that the fit left', async () => {
    const rows = [0, 100, 200, 300, 400, 500].map(
      (am) => `${am},${145 + 9.6 * Math.exp(0.01072 * am) + (am % 200 ? 2 : -2)}`,
    );
    const points = file('points.csv', `am_mb,transferred_mb\n${rows.join('\n')}\n`);
    const fit = await busyhour('lmdt', 'fit', '--points', points, '--json');
    expect(fit.code).toBe(0);
    const figures = JSON.parse(fit.out);
    expect(figures.af).toBeCloseTo(0.0107, 3);
    expect(figures.confidence.af.lower).toBeLessThan(0.01072);
    expect(figures.confidence.af.upper).toBeGreaterThan(0.01072);
    const model = file('model.json', fit.out);
    const near = JSON.parse(
      (await busyhour('lmdt', 'predict', '--am', '250', '--model', model, '--json')).out,
    );
    expect(Math.abs(near.transferredMb - (145 + 9.6 * Math.exp(0.01072 * 250)))).toBeLessThan(8);
    expect(near).toMatchObject({ extrapolated: false });
    expect(near.expected.upper - near.expected.lower).toBeGreaterThan(4);
    expect((await busyhour('lmdt', 'predict', '--am', '900', '--model', model)).out).toContain(
      'AM lies outside',
    );
    expect((await busyhour('lmdt', 'fit', '--points', points)).out).toContain('95 % intervals');
  });

  it('names what is wrong', async () => {
    const faulty = async (...argv: string[]) => (await busyhour('lmdt', ...argv)).err;
    expect(await faulty('predict', '--am', 'x', '--model', 'apache')).toContain('--am: expected a number');
    expect(await faulty('predict', '--am', '1', '--model', 'nginx')).toContain("no workload 'nginx'");
    const broken = file('broken.json', '{"cmdtMb": 1}');
    expect(await faulty('predict', '--am', '1', '--model', broken)).toContain('mfMb');
    const two = file('two.csv', 'am_mb,transferred_mb\n1,100\n2,101\n');
    expect(await faulty('fit', '--points', two)).toContain('two.csv: 2 different values of am_mb');
  });
});

describe('compare', () => {
  const columns =
    'started_at,target,duration_s,due,succeeded,rejected,latency_p50_ms,latency_all_p99_ms,service_time_mean_ms';
  const result = (name: string, minute: number, factor: number, valid = true): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    const wobble = (i: number, k: number) => factor * (1 + 0.02 * Math.sin(7 * i + k * minute));
    const rows = Array.from({ length: 12 }, (_, i) =>
      [
        `2026-01-01T00:00:0${i % 10}Z`,
        'all',
        10,
        7500,
        7500,
        0,
        wobble(i, 1),
        4 * wobble(i, 2),
        1.2 * wobble(i, 3),
      ].join(','),
    );
    writeFileSync(
      join(path, 'intervals.csv'),
      `${columns}\n${rows.join('\n')}\n2026-01-01T00:01:00Z,all,2,0,0,0,,,\n`,
    );
    const drift = 1 + 0.005 * Math.sin(minute);
    const summary = {
      ...sampleSummary(),
      schema: 'busyhour/summary/1',
      valid,
      invalidReasons: valid ? [] : ['generator saturated'],
      run: {
        id: name,
        startedAt: new Date(minute * 60_000).toISOString(),
        scenario: 'probe',
        interrupted: false,
      },
      requests: { due: 90_000, succeeded: 90_000, rejected: 0 },
      ratePerSecond: { offered: 750 },
      latencyMs: { p50: factor * drift },
      latencyAllMs: { p99: 4 * factor * drift },
      serviceTimeMs: { mean: 1.2 * factor * drift },
    };
    writeFileSync(join(path, 'summary.json'), JSON.stringify(summary));
    return name;
  };

  it('finds a slower side, says so, and exits 3; equal sides exit 0', async () => {
    const old = [0, 2, 4, 6, 8].map((minute) => result(`old-${minute}`, minute, 1));
    const slow = [1, 3, 5, 7, 9].map((minute) => result(`slow-${minute}`, minute, 1.1));
    const same = [1, 3, 5, 7, 9].map((minute) => result(`same-${minute}`, minute, 1));
    const worse = await busyhour('compare', ...slow, '--against', ...old);
    expect(worse.code).toBe(EXIT.thresholdFailed);
    expect(worse.out).toMatch(/latency\.p50 .*\+10\.\d %.*higher: worse/);
    expect(worse.out).toMatch(/failedPercent .*same/);
    const equal = await busyhour(
      'compare',
      ...same,
      '--against',
      ...old,
      '--with',
      'bth-2013/xen-12',
      '--json',
    );
    expect(equal.code).toBe(0);
    const { comparison, published } = JSON.parse(equal.out);
    expect(comparison.figures.map((figure: { verdict: string }) => figure.verdict)).toEqual(
      Array(4).fill('same'),
    );
    expect(published.runs[0].published).toEqual({
      mean: 1.152,
      standardDeviation: 0.3605,
      marginOfError: 0.0632,
    });
    expect(published.runs).toHaveLength(10);
  });

  it('reads a long run whole, whose intervals stand in several files', async () => {
    const old = [0, 2, 4, 6, 8].map((minute) => result(`whole-${minute}`, minute, 1));
    const slow = [1, 3, 5, 7, 9].map((minute) => result(`parts-${minute}`, minute, 1.1));
    const words = ['compare', ...slow, '--against', ...old, '--with', 'bth-2013/xen-12', '--json'];
    const whole = await busyhour(...words);
    for (const name of slow) {
      const path = join(folder, name);
      const [head = '', ...rows] = readFileSync(join(path, 'intervals.csv'), 'utf8').split('\n');
      writeFileSync(join(path, 'intervals-0001.csv'), `${[head, ...rows.slice(0, 7)].join('\n')}\n`);
      writeFileSync(join(path, 'intervals.csv'), [head, ...rows.slice(7)].join('\n'));
    }
    const parts = await busyhour(...words);
    expect(whole.code).toBe(EXIT.thresholdFailed);
    expect(parts).toEqual(whole);
  });

  it('gives no verdict from invalid or too few runs', async () => {
    const old = [0, 2, 4, 6].map((minute) => result(`few-${minute}`, minute, 1));
    const bad = [1, 3, 5, 7, 9].map((minute) => result(`bad-${minute}`, minute, 1.5, minute !== 3));
    const { code, out } = await busyhour('compare', ...bad, '--against', ...old);
    expect(code).toBe(EXIT.invalidRun);
    expect(out).toContain('bad-3: invalid run (generator saturated)');
    expect(out).toContain('baseline: 4 runs');
    expect(out).not.toContain('worse');
  });

  it('names a folder that is no result and a reference that is none', async () => {
    expect((await busyhour('compare', 'nowhere', '--with', 'bth-2013/kvm-16')).err).toContain(
      'summary.json: no such file',
    );
    const one = result('one', 1, 1);
    expect((await busyhour('compare', one, '--with', 'kvm')).err).toContain('bth-2013/kvm-16');
    expect((await busyhour('compare', one)).err).toContain('--against RESULT');
  });
});

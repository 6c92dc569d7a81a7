import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, it } from 'vitest';
import type { ClosedInterval, Collector } from '../../measure/collector.js';
import { Totals } from '../../measure/totals.js';
import { loadRun } from '../load-run.js';
import { ResultFolder } from '../result-folder.js';
import { ResultWriter } from './result-writer.js';

const path = mkdtempSync(join(tmpdir(), 'busyhour-writer-'));
afterAll(() => rmSync(path, { recursive: true, force: true }));

const TARGETS = Array.from({ length: 4 }, (_, index) => `127.0.0.1:2905/${9_900 + index}`);
const KB = 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapKb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / KB;
}

function closedInterval(index: number): ClosedInterval {
  const byTarget = TARGETS.map(() => {
    const totals = new Totals();
    totals.due = totals.offered = totals.answered = totals.outcomes.succeeded = 100;
    for (const kind of ['latency', 'service', 'lag', 'wait'] as const) {
      for (let n = 0; n < 100; n++) totals.durations[kind].record(50e3 + 997 * n * (1 + (index % 7)));
    }
    return totals;
  });
  const [startNs, endNs] = [index * 1e9, (index + 1) * 1e9];
  return { index, startNs, endNs, byTarget, stallNs: 0, longestGapsNs: TARGETS.map(() => 1e6) };
}

it('keeps nothing in memory of an interval that has closed, however many targets there are', () => {
  const config = loadRun({
    flags: { target: TARGETS.join(','), rate: '400', duration: '100h', interval: '1s' },
    seedDefault: 1,
  });
  const folder = new ResultFolder(path, {
    bounds: { partBytes: 64 * KB, partNs: null, keepBytes: 512 * KB },
  });
  const writer = new ResultWriter(
    {
      ...{ config, folder, runId: 'long', version: '0', plotLibrary: { script: '', style: '' } },
      interrupt: new AbortController().signal,
    },
    TARGETS,
    0,
    () => undefined,
  );
  writer.started({ beginNs: 0, atNs: 0, carrier: 'udp', plannedPerSecond: 400 });
  // All that is asked of it where no outage was found and nobody can resume the run.
  const collector = { windows: [], openGapsNs: () => TARGETS.map(() => 0) } as unknown as Collector;
  let next = 0;
  const run = (intervals: number): void => {
    for (const end = next + intervals; next < end; next++) {
      writer.interval(closedInterval(next));
      writer.looked(collector, (next + 1) * 1e9, false);
    }
  };
  // By then every store of bounded size but that of the trends has grown full.
  run(450);
  const before = heapKb();
  run(450);
  const grownKb = heapKb() - before;
  folder.close();
  // A sample of the trends takes a tenth of a KB; the rows of an interval as objects took 10.
  expect(grownKb / 450).toBeLessThan(0.5);
}, 60_000);

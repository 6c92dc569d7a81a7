import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Held } from '../../bench/held/hold.js';
import { Process } from './support/processes.js';

const BENCH = fileURLToPath(new URL('../../dist/bench/held/main.js', import.meta.url));

/** A slice of what bench/held shows. Whether the run is valid is for a quiet machine to say. */
it('holds every request while its target stands still, and has every answer afterwards', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'busyhour-held-')), 'held.ndjson');
  const flags = ['--rate', '9450', '--freezes', '1500ms', '--lead', '500ms', '--out', file];
  const bench = new Process(process.execPath, [BENCH, ...flags]);
  const { code, stderr } = await bench.ended;
  expect([0, 3], stderr).toContain(code);
  const held = JSON.parse(readFileSync(file, 'utf8')) as Held;
  expect(held.due).toBeGreaterThan(9450 * 3);
  expect(held.notSucceeded).toBe(0);
  expect(held.heldMost).toBeGreaterThan(0.5 * 9450 * 1.5);
});

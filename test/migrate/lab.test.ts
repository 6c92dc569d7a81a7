import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { packageFile } from '../../src/runtime/package-root.js';
import { migrationSchema } from './migration-schema.js';

const MIGRATIONS = 4;
/** An emulated guest takes 1 to 5 minutes for four migrations, as busy as the host is. */
const TIMEOUT_MS = 900_000;

const wanted = process.env.BUSYHOUR_LAB_TEST === '1';
if (!wanted) {
  console.warn('SKIPPED: no live migration is made; it takes minutes. With it: BUSYHOUR_LAB_TEST=1');
}

const out = mkdtempSync(join(tmpdir(), 'busyhour-lab-test-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

it.skipIf(!wanted)(
  'the lab makes four live migrations and measures each against both truths',
  { timeout: TIMEOUT_MS },
  () => {
    const program = packageFile('dist/bench/lab/main.js');
    const words = [program, '--repeat', String(MIGRATIONS), '--warmup', '4', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`${MIGRATIONS} of ${MIGRATIONS} migrations completed`);
    const file = join(out, 'qemu_unshaped_idle_tuned', 'migration.json');
    const { migrations } = migrationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(migrations.map(({ direction }) => direction)).toEqual(['forth', 'back', 'forth', 'back']);
    for (const { hypervisor, truth, downtime, requests } of migrations) {
      expect(truth.stoppedMs).toBeGreaterThan(0);
      // Who cannot run cannot answer: the probe's gap contains the stop, but for its spacing and the way of the events.
      expect(truth.probeGapMs! + truth.probeSpacingMs! + 5).toBeGreaterThan(truth.stoppedMs!);
      expect(hypervisor.transferredBytes).toBeGreaterThan(50e6);
      // Nor can the responder have been out of service for less than the guest stood still.
      expect(downtime.pauseMs.atMost!).toBeGreaterThan(truth.stoppedMs! - 5);
      expect(downtime.pauseMs.atLeast).toBeLessThanOrEqual(downtime.pauseMs.atMost!);
      expect(requests.succeeded).toBe(requests.due);
    }
  },
);

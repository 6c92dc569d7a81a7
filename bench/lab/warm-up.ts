import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPlotLibrary } from '../../src/cli/plot-library.js';
import { VERSION } from '../../src/cli/version.js';
import type { RunConfig } from '../../src/config/run-config.js';
import { performRun } from '../../src/runtime/generator/run.js';
import { ResultFolder } from '../../src/runtime/result-folder.js';

/** A warm guest answers nine of ten requests within this time, ms. */
const WARM_P90_MS = 20;
const ROUNDS_MAX = 12;

/**
 * Offers load until the guest answers as fast as it can: the emulated CPU runs the just-in-time compiler of a fresh Node process so
 * slowly that the first seconds of load pile up. What these runs measure is thrown away.
 *
 * @param config a short run
 * @returns p90 of the last round, ms
 */
export async function warmUp(
  config: RunConfig,
  interrupt: AbortSignal,
  onProgress: (line: string) => void,
): Promise<number | null> {
  let p90: number | null = null;
  for (let round = 0; round < ROUNDS_MAX && !interrupt.aborted; round++) {
    const path = mkdtempSync(join(tmpdir(), 'busyhour-lab-warm-up-'));
    const folder = new ResultFolder(path);
    try {
      const { summary } = await performRun({
        config,
        runId: 'warm-up',
        version: VERSION,
        folder,
        plotLibrary: readPlotLibrary(),
        interrupt,
      });
      p90 = summary.latencyMs.p90;
    } finally {
      folder.close();
      rmSync(path, { recursive: true, force: true });
    }
    onProgress(`warming the guest up: p90 ${p90?.toFixed(1) ?? '-'} ms`);
    if (p90 !== null && p90 <= WARM_P90_MS) break;
  }
  return p90;
}

// Runs vitest on the arguments of the command line and ends with the line "N passed, N failed", which CI reads.
// A suite that could not be collected and an error outside any test count as failed: vitest's own sums leave them out.
import { parseCLI, startVitest } from 'vitest/node';

const counts = { passed: 0, failed: 0, skipped: 0 };
let finished = false;

const counter = {
  onTestRunEnd(modules, unhandledErrors) {
    finished = true;
    counts.failed += unhandledErrors.length;
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test that never got a result was cut off by an interrupted run.
        counts[state === 'pending' ? 'failed' : state] += 1;
      }
    }
  },
};

/** Vitest closes its workers by itself; one that hangs must not hang the build. */
const CLOSE_TIMEOUT_MS = 15_000;

async function main() {
  const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)], { allowUnknownOptions: false });
  const reporters = [options.reporter ?? options.reporters ?? 'default'].flat();
  const context = await startVitest('test', filter, { ...options, watch: false, reporters: [...reporters, counter] });
  const timer = new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref());
  await Promise.race([context.close(), timer]);
}

try {
  await main();
} catch (error) {
  console.error(error);
  counts.failed += 1;
}
if (!finished) counts.failed = Math.max(counts.failed, 1);
const good = counts.failed === 0 && !process.exitCode;
// Vitest can refuse a run without a failed test to show for it (no test files, a coverage limit).
if (!good && counts.failed === 0) counts.failed = 1;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`, () => process.exit(good ? 0 : 1));

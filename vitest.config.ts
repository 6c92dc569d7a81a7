import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that judge times or rates of whole processes: one after another, when nothing else of ours runs. */
const timed = [
  'test/e2e/{application,capacity,campaign,demo,freezes,held,validity}.test.ts',
  'test/cluster/kills.test.ts',
  'src/workload/workload.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'plain',
          include: ['{src,protocol,native,test,bench}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...timed],
          // Many of them wait for timers and peers most of the time.
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'timed', include: timed, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});

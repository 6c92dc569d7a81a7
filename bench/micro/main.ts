/**
 * Time of each step of a request's way, one at a time and warm: nanoseconds of this thread's CPU, median of several rounds.
 *
 *   node dist/bench/micro/main.js [--rounds 7] [--out FILE]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { hostFacts } from '../../src/runtime/host-facts.js';
import { openBinding } from '../../src/transport/sctp.js';
import { steps } from './steps.js';

const OPERATIONS = 200_000;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

function main(): number {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '7' }, out: { type: 'string' } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write('micro: --rounds takes a whole number above 0\n');
    return 2;
  }
  const { threadCpuNs } = openBinding();
  const results = steps().map(({ name, run }) => {
    run(OPERATIONS);
    const times = Array.from({ length: rounds }, () => {
      const start = threadCpuNs();
      run(OPERATIONS);
      return (threadCpuNs() - start) / OPERATIONS;
    });
    const result = { name, nsPerOperation: Number(median(times).toFixed(1)) };
    process.stdout.write(`${String(result.nsPerOperation).padStart(8)} ns  ${name}\n`);
    return result;
  });
  if (values.out !== undefined) {
    const { name: _, ...host } = hostFacts();
    mkdirSync(dirname(resolve(values.out)), { recursive: true });
    writeFileSync(
      resolve(values.out),
      `${JSON.stringify({ measuredAt: new Date().toISOString(), host, rounds, results }, null, 2)}\n`,
    );
  }
  return 0;
}

process.exitCode = main();

/** Time of each step of a request's way, one at a time and warm: nanoseconds of this thread's CPU, median of several rounds. */
import { openBinding } from '../../src/transport/sctp.js';
import { keepFigures, OUT_OPTION } from '../figures.js';
import { readOptions, whole } from '../options.js';
import { steps } from './steps.js';

const OPERATIONS = 200_000;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

function main(): void {
  const { rounds, out } = readOptions({
    about:
      "Time of each step of a request's way, one at a time and warm: nanoseconds of one thread's CPU, median of the rounds.",
    options: {
      rounds: { takes: whole(), default: '7', about: 'rounds of each step' },
      out: OUT_OPTION,
    },
  });
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
  keepFigures(out, { rounds, results });
}

main();

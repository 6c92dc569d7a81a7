/**
 * Holds busyhour against the C baseline: both in every round, one after the other, in changing order, a core a side.
 *
 *   node dist/bench/performance/main.js [--rounds 5] [--seconds 4] [--only NAME,...] [--out FILE]
 *
 * Exit code 0 when no figure is below its floor, 3 otherwise, 2 for bad usage.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { hostFacts } from '../../src/runtime/host-facts.js';
import { probeExchange } from '../micro/exchange.js';
import { comparisons } from './comparisons.js';
import { formatComparison, type MeasuredComparison, measureComparison } from './rounds.js';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      only: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  const { request, answer } = probeExchange(1);
  const all = comparisons({ seconds, requestBytes: request.length, answerBytes: answer.length });
  const names = values.only?.split(',') ?? all.map(({ name }) => name);
  const unknown = names.filter((name) => !all.some((each) => each.name === name));
  if (!Number.isInteger(rounds) || rounds < 1 || !(seconds >= 2) || unknown.length > 0) {
    process.stderr.write(
      `performance: --rounds takes a whole number, --seconds at least 2, --only names of ${all.map(({ name }) => name).join(', ')}\n`,
    );
    return 2;
  }
  const measured: MeasuredComparison[] = [];
  for (const comparison of all.filter(({ name }) => names.includes(name))) {
    const result = await measureComparison(comparison, rounds);
    process.stdout.write(`${formatComparison(result)}\n`);
    measured.push(result);
  }
  if (values.out !== undefined) {
    const file = resolve(values.out);
    mkdirSync(dirname(file), { recursive: true });
    const { name: _, ...host } = hostFacts();
    const facts = { requestBytes: request.length, answerBytes: answer.length, rounds, seconds };
    writeFileSync(
      file,
      `${JSON.stringify({ measuredAt: new Date().toISOString(), host, ...facts, comparisons: measured }, null, 2)}\n`,
    );
  }
  return measured.some((each) => each.judged.some(({ verdict }) => verdict === 'below floor')) ? 3 : 0;
}

process.exitCode = await main();

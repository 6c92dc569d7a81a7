/** Holds busyhour against the C baseline: both in every round, one after the other, in changing order, a core a side. */

import { keepFigures, OUT_OPTION } from '../figures.js';
import { probeExchange } from '../micro/exchange.js';
import { kind, list, number, readOptions, whole } from '../options.js';
import { comparisons } from './comparisons.js';
import { formatComparison, type MeasuredComparison, measureComparison } from './rounds.js';

async function main(): Promise<number> {
  const names = comparisons({ seconds: 0, requestBytes: 0, answerBytes: 0 }).map(({ name }) => name);
  const { rounds, seconds, only, out } = readOptions({
    about:
      'Holds busyhour against a C program over the same engine, both in every round, a core a side, with floors and aims.',
    options: {
      rounds: { takes: whole(), default: '5', about: 'rounds of each comparison' },
      seconds: { takes: number(2), default: '4', about: 'length of each run' },
      only: {
        takes: list(
          kind('NAME', `names of ${names.join(', ')}`, (name) => (names.includes(name) ? name : null)),
        ),
        about: `these comparisons alone, of ${names.join(', ')}`,
      },
      out: OUT_OPTION,
    },
    exits: { 0: 'no figure is below its floor', 3: 'otherwise' },
  });
  const { request, answer } = probeExchange(1);
  const all = comparisons({ seconds, requestBytes: request.length, answerBytes: answer.length });
  const measured: MeasuredComparison[] = [];
  for (const comparison of all.filter(({ name }) => only?.includes(name) ?? true)) {
    const result = await measureComparison(comparison, rounds);
    process.stdout.write(`${formatComparison(result)}\n`);
    measured.push(result);
  }
  const facts = { requestBytes: request.length, answerBytes: answer.length, rounds, seconds };
  keepFigures(out, { ...facts, comparisons: measured });
  return measured.some((each) => each.judged.some(({ verdict }) => verdict === 'below floor')) ? 3 : 0;
}

process.exitCode = await main();

/**
 * Instructions that one request costs in the binding and in the SCTP engine below it, both sides together, counted by callgrind: a figure that does not
 * depend on what else the machine does.
 */
import { fileURLToPath } from 'node:url';
import { readOptions } from '../options.js';
import { CountedPair, type Counts, judge, MODES, type Mode } from './counts.js';
import { keep, keptFor } from './expected.js';

const FOLDER = fileURLToPath(new URL('../../../bench/callgrind/', import.meta.url));

function main(): number {
  const { update } = readOptions({
    about:
      'Instructions that one request costs in the binding and in the SCTP engine below it, both sides together, counted by callgrind. Needs ' +
      'valgrind.',
    options: { update: { about: 'keep the counts, in bench/callgrind/expected.json' } },
    exits: {
      3: "the binding's count is more than 3 % above the one kept for this compiler and engine",
      4: 'none is kept for them',
    },
  });
  const pair = new CountedPair(FOLDER);
  const toolchain = pair.toolchain();
  const found = Object.fromEntries(MODES.map((mode) => [mode, pair.perRequest(mode)])) as Record<
    Mode,
    Counts
  >;
  if (update) keep(FOLDER, toolchain, found);
  const kept = keptFor(FOLDER, toolchain);
  process.stdout.write(`${toolchain}${kept === null ? ': no counts kept, see --update' : ''}\n`);
  const findings = MODES.flatMap((mode) => judge(mode, found[mode], kept?.[mode] ?? found[mode]));
  for (const { mode, group, count, kept: before, verdict } of findings) {
    process.stdout.write(
      `${mode.padEnd(8)} ${group.padEnd(10)} ${String(count).padStart(7)} instructions a request${kept === null ? '' : `, kept ${before}: ${verdict}`}\n`,
    );
  }
  if (kept === null) return 4;
  // The engine's packets depend a little on when it was called: only the binding's own count decides.
  return findings.some(({ group, verdict }) => group === 'binding' && verdict === 'more') ? 3 : 0;
}

process.exitCode = main();

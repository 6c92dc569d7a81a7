/**
 * Instructions that one request costs in the binding and in the SCTP engine below it, both sides together, counted by callgrind: a figure that does not
 * depend on what else the machine does. Needs valgrind.
 *
 *   node dist/bench/callgrind/main.js [--update]
 *
 * Exit code 3 when a count is more than 3 % above the one kept in bench/callgrind/expected.json; --update keeps the new ones.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const FOLDER = fileURLToPath(new URL('../../../bench/callgrind/', import.meta.url));
const EXPECTED = join(FOLDER, 'expected.json');
const FEW = 6_400;
const MANY = 25_600;
const TOLERANCE = 0.03;
const MODES = ['bundle', 'nodelay'] as const;

/** Instructions by program and library. */
type Counts = Record<string, number>;

/** Sums the exclusive costs of a callgrind file by object; lines that follow `calls=` are inclusive and do not count. */
function byObject(text: string): Counts {
  const names = new Map<string, string>();
  const counts: Counts = {};
  let object = 'other';
  let inclusive = false;
  for (const line of text.split('\n')) {
    const named = /^ob=\((\d+)\)(?: (.*))?$/.exec(line);
    if (named !== null) {
      const [, id = '', path] = named;
      if (path !== undefined) names.set(id, basename(path));
      object = names.get(id) ?? 'other';
    } else if (line.startsWith('calls=')) {
      inclusive = true;
    } else if (/^[+*\d-]/.test(line)) {
      if (!inclusive) counts[object] = (counts[object] ?? 0) + Number(line.split(' ').at(-1));
      inclusive = false;
    } else {
      // Objects of callees name their numbers too.
      const callee = /^cob=\((\d+)\) (.*)$/.exec(line);
      if (callee !== null) names.set(callee[1] ?? '', basename(callee[2] ?? ''));
    }
  }
  return counts;
}

function run(folder: string, mode: string, requests: number): Counts {
  const file = join(folder, `${mode}-${requests}`);
  execFileSync(
    'valgrind',
    ['--tool=callgrind', `--callgrind-out-file=${file}`, join(FOLDER, 'build/pair'), `${requests}`, mode],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return byObject(readFileSync(file, 'utf8'));
}

/** Instructions a request: what many requests cost more than few. */
function perRequest(folder: string, mode: string): Counts {
  const few = run(folder, mode, FEW);
  const many = run(folder, mode, MANY);
  const counts: Counts = {};
  for (const [object, count] of Object.entries(many)) {
    const each = Math.round((count - (few[object] ?? 0)) / (MANY - FEW));
    if (each > 10) counts[groupOf(object)] = (counts[groupOf(object)] ?? 0) + each;
  }
  counts.all = Object.values(counts).reduce((sum, each) => sum + each, 0);
  return counts;
}

function groupOf(object: string): string {
  if (object === 'pair') return 'binding';
  if (object.startsWith('libusrsctp')) return 'usrsctp';
  return 'libraries';
}

function main(): number {
  const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
  execFileSync('make', ['-s', '-C', FOLDER], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-callgrind-'));
  const found = Object.fromEntries(MODES.map((mode) => [mode, perRequest(folder, mode)]));
  rmSync(folder, { recursive: true });
  if (values.update) {
    writeFileSync(EXPECTED, `${JSON.stringify(found, null, 2)}\n`);
  }
  const expected = JSON.parse(readFileSync(EXPECTED, 'utf8')) as Record<string, Counts>;
  let worse = false;
  for (const mode of MODES) {
    for (const [group, count] of Object.entries(found[mode] ?? {})) {
      const before = expected[mode]?.[group] ?? 0;
      const above = count > before * (1 + TOLERANCE);
      // Other versions of the libraries count otherwise: only the binding's own count decides.
      if (above && group === 'binding') worse = true;
      process.stdout.write(
        `${mode.padEnd(8)} ${group.padEnd(10)} ${String(count).padStart(7)} instructions a request, expected ${before}${above ? ': MORE' : ''}\n`,
      );
    }
  }
  return worse ? 3 : 0;
}

process.exitCode = main();

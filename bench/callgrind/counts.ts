import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Two counts of requests: what many cost more than few is what a request costs, without the start and the end. */
const FEW = 1_600;
const MANY = 6_400;
/** A count above the kept one by more than this is a regression. */
export const TOLERANCE = 0.03;
export const MODES = ['bundle', 'nodelay'] as const;
export type Mode = (typeof MODES)[number];

/** Instructions by program and library, or by group of them. */
export type Counts = Readonly<Record<string, number>>;

/** One group's count beside the one that was kept. */
export interface Finding {
  readonly mode: Mode;
  readonly group: string;
  readonly count: number;
  readonly kept: number;
  readonly verdict: 'more' | 'as kept' | 'fewer';
}

/** Sums the exclusive costs of a callgrind file by object; lines that follow `calls=` are inclusive and do not count. */
export function byObject(text: string): Counts {
  const names = new Map<string, string>();
  const counts: Record<string, number> = {};
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

/** Every group that both have. */
export function judge(mode: Mode, found: Counts, kept: Counts): Finding[] {
  return Object.entries(kept).map(([group, before]) => {
    const count = found[group] ?? 0;
    const verdict =
      count > before * (1 + TOLERANCE) ? 'more' : count < before * (1 - TOLERANCE) ? 'fewer' : 'as kept';
    return { mode, group, count, kept: before, verdict };
  });
}

/** The pair of `bench/callgrind`, under callgrind. */
export class CountedPair {
  readonly #program: string;

  /** Builds it. @param folder `bench/callgrind` of the checkout */
  constructor(folder: string) {
    execFileSync('make', ['-s', '-C', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#program = join(folder, 'build/pair');
  }

  /** What the counts depend on beside our code: those of one are no measure for another. */
  toolchain(): string {
    const compiler = process.env.CXX ?? 'g++';
    const asked = (flag: string) => execFileSync(compiler, [flag], { encoding: 'utf8' }).trim();
    const libraries = execFileSync('ldd', [this.#program], { encoding: 'utf8' });
    const engine = /libusrsctp\S* => (\S+)/.exec(libraries)?.[1];
    if (engine === undefined) throw new Error(`${this.#program} is linked without libusrsctp`);
    const hash = createHash('sha256').update(readFileSync(engine)).digest('hex').slice(0, 12);
    return `${basename(compiler)} ${asked('-dumpfullversion')} ${asked('-dumpmachine')}, libusrsctp sha256 ${hash}`;
  }

  /**
   * Instructions a request, both sides together: `binding`, `usrsctp`, `libraries` below them, and `all`.
   * @param wasted turns of a loop for each request that are of no use: a planted regression
   */
  perRequest(mode: Mode, wasted = 0): Counts {
    const few = this.#run(mode, FEW, wasted);
    const many = this.#run(mode, MANY, wasted);
    const counts: Record<string, number> = { binding: 0, usrsctp: 0, libraries: 0 };
    for (const [object, count] of Object.entries(many)) {
      const each = (count - (few[object] ?? 0)) / (MANY - FEW);
      counts[groupOf(object)] = (counts[groupOf(object)] ?? 0) + each;
    }
    const rounded = Object.entries(counts).map(([group, count]) => [group, Math.round(count)] as const);
    const all = rounded.reduce((sum, [, count]) => sum + count, 0);
    return { ...Object.fromEntries(rounded), all };
  }

  #run(mode: Mode, requests: number, wasted: number): Counts {
    const folder = mkdtempSync(join(tmpdir(), 'busyhour-callgrind-'));
    try {
      const file = join(folder, 'counts');
      execFileSync(
        'valgrind',
        [
          ...['-q', '--tool=callgrind', `--callgrind-out-file=${file}`],
          ...[this.#program, `${requests}`, mode, `${wasted}`],
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      return byObject(readFileSync(file, 'utf8'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

function groupOf(object: string): string {
  if (object === 'pair') return 'binding';
  if (object.startsWith('libusrsctp')) return 'usrsctp';
  return 'libraries';
}

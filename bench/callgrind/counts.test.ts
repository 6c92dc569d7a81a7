import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { byObject, CountedPair, type Counts, type Finding, judge, MODES, type Mode } from './counts.js';
import { keptFor } from './expected.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const withoutValgrind = spawnSync('valgrind', ['--version']).status !== 0;
if (withoutValgrind)
  console.warn('SKIPPED: instructions a request, because valgrind is missing: apt-get install valgrind');

describe('the verdict', () => {
  it('is 3 % to either side of the kept count', () => {
    const verdictOf = (binding: number) => judge('bundle', { binding }, { binding: 1000 })[0]?.verdict;
    expect([960, 971, 1000, 1029, 1031].map(verdictOf)).toEqual([
      ...['fewer', 'as kept', 'as kept', 'as kept', 'more'],
    ]);
  });

  it('takes a group that is gone for fewer', () => {
    expect(judge('nodelay', {}, { binding: 10 })).toMatchObject([{ count: 0, verdict: 'fewer' }]);
  });
});

describe('a callgrind file', () => {
  it('counts by object, each instruction once', () => {
    const lines = [
      ...[
        'ob=(1) /some/where/pair',
        'fn=(1) main',
        '10 5',
        '+2 7',
        'cob=(2) /usr/lib/libusrsctp.so.2',
        'cfn=(2) send',
      ],
      ...[
        'calls=3 40',
        '11 9000',
        '* 1',
        '',
        'ob=(2)',
        'fn=(2)',
        '40 8900',
        '-1 100',
        '',
        'ob=(1)',
        '12 2',
        'totals: 9015',
      ],
    ];
    expect(byObject(lines.join('\n'))).toEqual({ pair: 15, 'libusrsctp.so.2': 9000 });
  });
});

/** Turns of a loop that cost a request more instructions than the tolerance allows. */
const WASTED = 100;

/** A busy machine has the pair ask once more for nothing now and then, which only ever adds: the least of so many counts. */
const TRIES = 3;

function bindingOf(
  pair: CountedPair,
  mode: Mode,
  kept: Readonly<Record<Mode, Counts>>,
  wasted: number,
): Finding {
  for (let left = TRIES; ; left--) {
    const finding = judge(mode, pair.perRequest(mode, wasted), kept[mode]).find(
      ({ group }) => group === 'binding',
    )!;
    if (finding.verdict !== 'more' || left === 1) return finding;
  }
}

describe.skipIf(withoutValgrind)('instructions a request of the binding', () => {
  it('are no more than those kept for this compiler and engine, and a planted regression shows', {
    timeout: 180_000,
  }, (context) => {
    const pair = new CountedPair(FOLDER);
    const toolchain = pair.toolchain();
    const kept = keptFor(FOLDER, toolchain);
    if (kept === null) {
      const advice = 'on a commit that is known to be good: node dist/bench/callgrind/main.js --update';
      console.warn(`SKIPPED: instructions a request, because none are kept for ${toolchain}; ${advice}`);
      context.skip();
      return;
    }
    for (const mode of MODES) {
      expect(
        bindingOf(pair, mode, kept, 0),
        'if meant: node dist/bench/callgrind/main.js --update',
      ).not.toMatchObject({
        verdict: 'more',
      });
    }
    expect(bindingOf(pair, 'bundle', kept, WASTED)).toMatchObject({ verdict: 'more' });
  });
});

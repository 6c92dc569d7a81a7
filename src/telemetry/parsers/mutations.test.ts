import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { LineParser } from '../sample.js';
import { esxtopParser } from './esxtop.js';
import { iostatParser } from './iostat.js';
import { figuresBetween, parseProcOutput, procSnapshot } from './proc.js';
import { sarCpuParser } from './sar.js';
import { typeperfParser } from './typeperf.js';
import { xentopParser } from './xentop.js';

/** `BUSYHOUR_FUZZ_LINES=100000` for the whole; the usual run takes a slice with another seed each day. */
const LINES = Number(process.env.BUSYHOUR_FUZZ_LINES ?? 12_000);
const SEED = Number(process.env.BUSYHOUR_FUZZ_SEED ?? Math.floor(Date.now() / 86_400_000));

const folder = new URL('../../../test/recorded/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(txt|csv)$/.test(name),
);
const lines = files.flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split('\n'));

/** Small generator of the test's own (mulberry32), so that a seed replays a failure. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const PIECES = [
  '"',
  ',',
  '\\',
  ' ',
  '\t',
  '-1',
  '1e999',
  'NaN',
  '9'.repeat(40),
  '%',
  'no limit',
  'n/a',
  '\u0000',
  '\uFFFD',
  '(',
  ')',
  '.',
  ':',
  '__proto__',
  'constructor',
  'CPU',
  'Device',
  'NAME  STATE ',
];

function mutated(line: string, random: () => number): string {
  let text = line;
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    const at = Math.floor(random() * (text.length + 1));
    const length = Math.floor(random() * 12);
    const piece = PIECES[Math.floor(random() * PIECES.length)]!;
    const kind = random();
    if (kind < 0.3) text = text.slice(0, at) + text.slice(at + length);
    else if (kind < 0.6) text = text.slice(0, at) + piece + text.slice(at);
    else if (kind < 0.8) text = text.slice(0, at) + piece + text.slice(at + length);
    else if (kind < 0.9) text = text.slice(0, at) + text.slice(Math.max(0, at - 20)) + text.slice(at);
    else text = text.slice(0, at);
  }
  return text;
}

it(`survives ${LINES} mutated lines, seed ${SEED}`, () => {
  const random = generator(SEED);
  const parsers: Record<string, LineParser> = {
    sar: sarCpuParser(),
    iostat: iostatParser({ firstCoversBoot: false }),
    xentop: xentopParser({ cores: null, intervalSeconds: 1 }),
    esxtop: esxtopParser(),
    typeperf: typeperfParser(),
  };
  let readings = 0;
  for (let count = 0; count < LINES; count++) {
    const original = lines[Math.floor(random() * lines.length)]!;
    // Whole lines in between keep the parsers in the states in which a broken one can hurt.
    const line = random() < 0.3 ? original : mutated(original, random);
    for (const [name, parser] of Object.entries(parsers)) {
      for (const { figures } of [...parser.push(line), ...(random() < 0.05 ? parser.flush() : [])]) {
        readings++;
        for (const [key, value] of Object.entries(figures)) {
          if (typeof value === 'number' && !Number.isFinite(value))
            throw new Error(`${name}: ${key} is ${value} after '${line}'`);
        }
      }
    }
  }
  expect(readings).toBeGreaterThan(LINES / 100);
});

it('survives broken /proc texts', () => {
  const random = generator(SEED + 1);
  const whole = readFileSync(new URL('proc/snapshot-1.txt', folder), 'utf8').split('\n');
  let last = procSnapshot({ stat: '', meminfo: '', diskstats: '', netDev: '' });
  for (let count = 0; count < LINES / 100; count++) {
    const text = whole
      .map((line) => (random() < 0.2 && !line.startsWith('==') ? mutated(line, random) : line))
      .join('\n');
    const now = procSnapshot(parseProcOutput(text)!.texts);
    for (const value of Object.values(figuresBetween(last, now, 1))) {
      if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
    }
    last = now;
  }
});

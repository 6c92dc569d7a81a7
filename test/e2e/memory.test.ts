import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Process } from './support/processes.js';

const LAUNCHER = join(fileURLToPath(new URL('../..', import.meta.url)), 'busyhour');

/** Full collections of a heap of some 40 MB, as the main thread of a run makes several a minute; prints the KB of glibc's main heap after each 80. */
const SCRIPT = `
const { readFileSync } = require('node:fs');
const live = [];
for (let i = 0; i < 200_000; i++) live.push({ i, next: live[i >> 1], own: [i] });
const heapKb = () => Number(/\\[heap\\]\\n(?:.*\\n)*?Rss:\\s+(\\d+)/.exec(readFileSync('/proc/self/smaps', 'latin1'))[1]);
const after = [];
for (let round = 0; round < 5; round++) {
  for (let i = 0; i < 80; i++) gc();
  after.push(heapKb());
}
console.log(JSON.stringify(after));
`;

it('does not grow with every collection of garbage, with the allocator as the launcher sets it', async () => {
  const tunables = /GLIBC_TUNABLES=([\w.:=]+)\}/.exec(readFileSync(LAUNCHER, 'utf8'))?.[1];
  expect(tunables).toMatch(/tcache_count=\d+/);
  const flags = ['--expose-gc', '--eval', SCRIPT];
  const child = new Process(process.execPath, flags, { env: { GLIBC_TUNABLES: tunables! } });
  const { code, stdout, stderr } = await child.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const after = JSON.parse(stdout) as number[];
  // 82 KB a collection, 20 MB in all, with room for 20 000 pieces of each size in every thread's cache.
  expect(after.at(-1)! - after[1]!).toBeLessThan(2048);
}, 60_000);

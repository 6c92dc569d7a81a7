import { randomFillSync } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { controlBlock, count, sleep } from './control.js';
import { type DirtyWorkerData, PAGE_BYTES } from './dirty-layout.js';
import { Pacer } from './pacer.js';

/** Work is handed out this often, ms. */
const TICK_MS = 4;

/** Work that came due longer ago than this is left out. */
const BACKLOG_MS = 200;

/** `crypto` fills at most this much in one call. */
const FILL_CHUNK_BYTES = 1 << 20;

function fillRandom(memory: SharedArrayBuffer, offset: number, length: number): void {
  const bytes = new Uint8Array(memory, offset, length);
  const chunk = new Uint8Array(FILL_CHUNK_BYTES);
  for (let at = 0; at < length; at += chunk.length) {
    const size = Math.min(chunk.length, length - at);
    randomFillSync(chunk, 0, size);
    bytes.set(chunk.subarray(0, size), at);
  }
}

function run(data: DirtyWorkerData): void {
  const control = controlBlock(data.control);
  fillRandom(data.memory, data.fill.offset, data.fill.length);
  const words = new Uint32Array(data.memory, data.dirty.offset, data.dirty.length / 4);
  const wordsPerPage = PAGE_BYTES / 4;
  const pages = Math.floor(words.length / wordsPerPage);
  const pacer = new Pacer(data.bytesPerSecond, performance.now(), BACKLOG_MS);
  let page = 0;
  let value = 1;
  // The set-up is told apart from the first written byte by this first round.
  count(control, 0, 0, 1);
  while (sleep(control, TICK_MS)) {
    const { amount, missed } = pacer.take(performance.now(), PAGE_BYTES);
    for (let left = amount; left > 0; left -= PAGE_BYTES) {
      // A multiplicative generator modulo 2^32 (Knuth's): cheap, and its upper bits choose pages evenly.
      value = (Math.imul(value, 1664525) + 1013904223) >>> 0;
      const chosen = data.order === 'random' ? Math.floor((value / 4294967296) * pages) : page;
      words[chosen * wordsPerPage + (value % wordsPerPage)] = value;
      page = page + 1 === pages ? 0 : page + 1;
    }
    count(control, amount, missed, 0);
  }
}

run(workerData as DirtyWorkerData);

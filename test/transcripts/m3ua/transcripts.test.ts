import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { play } from './play.js';

const folder = dirname(fileURLToPath(import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

describe('M3UA transcripts', () => {
  it('has transcripts for every role', () => {
    expect(new Set(files.map((name) => name.split('-')[0]))).toEqual(new Set(['asp', 'sgp', 'ipsp']));
  });

  it.each(files)('%s', (name) => {
    const transcript = readFileSync(join(folder, name), 'utf8');
    expect(play(transcript)).toBe(transcript);
  });
});

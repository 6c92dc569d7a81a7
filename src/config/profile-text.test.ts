import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readProfileText } from './profile-text.js';

it('says what is wrong with a profile that cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-profile-'));
  try {
    const file = join(folder, 'a.yaml');
    writeFileSync(file, 'rate: 1\n');
    expect(readProfileText(file)).toBe('rate: 1\n');
    expect(() => readProfileText(folder)).toThrow(`${folder}: is a folder, expected a YAML file`);
    for (const nowhere of [join(folder, 'b.yaml'), join(file, 'c.yaml')]) {
      expect(() => readProfileText(nowhere)).toThrow(`${nowhere}: no such file; see profiles/ for examples`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

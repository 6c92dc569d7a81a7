import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHECKPOINT_FILE, readCheckpoint } from './checkpoint.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-checkpoint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['null', /is of another version/],
  ['{"schema":"busyhour/checkpoint/1"}', /is of another version/],
  ['{"schema":', /checkpoint\.json cannot be read/],
  [null, /nothing to resume: there is no checkpoint\.json/],
])('a checkpoint that is %s is refused by name', (text, fault) => {
  if (text !== null) writeFileSync(join(folder, CHECKPOINT_FILE), text);
  expect(() => readCheckpoint(folder)).toThrow(
    expect.objectContaining({ name: 'RuntimeFault', message: expect.stringMatching(fault) }),
  );
});

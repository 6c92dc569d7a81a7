import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { expect, it } from 'vitest';
import { refusalOf } from './refusals.js';

it.skipIf(!existsSync('/dev/full'))('knows what the system refused from what may be a fault of ours', () => {
  const fd = openSync('/dev/full', 'w');
  let cause: unknown;
  try {
    writeSync(fd, 'x');
  } catch (fault) {
    cause = fault;
  }
  closeSync(fd);
  expect(refusalOf(cause)).toBe('no space left on the disk');
  for (const ours of [
    new TypeError('x is not a function'),
    null,
    'text',
    Object.assign(new Error('x'), { code: 'ENOENT' }),
  ])
    expect(refusalOf(ours)).toBeNull();
});

import { expect, it } from 'vitest';
import { RoleBook } from './role-book.js';

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
const unixMs = (second: number) => Date.parse(at(second));
const role = (state: string, second: number, epoch = 1) => ({
  event: 'role',
  role: state === 'alone' ? 'active' : state,
  state,
  at: at(second),
  epoch,
});

it('finds the takeover of a node that stood by, and when it was', () => {
  const book = new RoleBook();
  book.take('b', role('catchingUp', 0));
  book.take('b', role('passive', 1));
  book.take('b', role('takingOver', 3));
  book.take('b', role('alone', 4, 2));
  expect(book.takeovers).toEqual([{ node: 'b', unixMs: unixMs(4), epoch: 2 }]);
  expect(book.takeoverIn(unixMs(3), unixMs(5))?.node).toBe('b');
  expect(book.takeoverIn(unixMs(5), unixMs(6))).toBeUndefined();
});

it('takes neither the first election nor the death of a passive peer for one', () => {
  const book = new RoleBook();
  book.take('a', role('joining', 0));
  book.take('a', role('alone', 1));
  book.take('a', role('active', 2));
  book.take('a', role('holding', 3));
  book.take('a', role('alone', 4, 3));
  book.take('b', role('passive', 2));
  book.take('b', role('takingOver', 3));
  book.take('b', role('passive', 4));
  expect(book.takeovers).toEqual([]);
});

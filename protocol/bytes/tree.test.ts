import { expect, it } from 'vitest';
import { branch, faultNode, formatTree, hex, leaf } from './tree.js';

it('prints a tree, two blanks a level', () => {
  const tree = branch('M3UA', 0, 20, [
    branch('Protocol Data', 8, 12, [leaf('OPC', '1', 12, 4)], 'SCCP'),
    faultNode('Parameter', 'length 3', 16, 4),
  ]);
  expect(formatTree(tree)).toBe('M3UA\n  Protocol Data: SCCP\n    OPC: 1\n  Parameter [length 3]');
});

it('prints octets', () => {
  expect(hex(Uint8Array.of(0, 10, 255))).toBe('000aff');
});

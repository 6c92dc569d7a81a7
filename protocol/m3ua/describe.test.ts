import { describe, expect, it } from 'vitest';
import { hexOctets, M3UA_VECTORS } from '../../test/vectors/m3ua.js';
import { formatTree, leaf, type TreeNode } from '../bytes/tree.js';
import { describeM3ua } from './describe.js';

function everyNode(node: TreeNode): TreeNode[] {
  return [node, ...node.children.flatMap(everyNode)];
}

describe('describeM3ua', () => {
  it('shows DATA with the names of the RFC', () => {
    const vector = M3UA_VECTORS[0]!;
    expect(formatTree(describeM3ua(hexOctets(vector.hex)))).toBe(
      [
        'M3UA DATA',
        '  Version: 1',
        '  Message Class: 1 (Transfer)',
        '  Message Type: 1 (DATA)',
        '  Message Length: 56',
        '  Network Appearance: 5',
        '  Routing Context: 100',
        '  Protocol Data',
        '    Originating Point Code: 1001',
        '    Destination Point Code: 2002',
        '    Service Indicator: 3 (SCCP)',
        '    Network Indicator: 2',
        '    Message Priority: 0',
        '    Signalling Link Selection: 11',
        '    User Protocol Data: 0900030506',
        '  Correlation Id: 1',
      ].join('\n'),
    );
  });

  it('hands SCCP to whom it was given', () => {
    const bytes = hexOctets(M3UA_VECTORS[0]!.hex);
    const seen: number[][] = [];
    describeM3ua(bytes, 0, bytes.length, (_bytes, start, end) => {
      seen.push([start, end]);
      return leaf('SCCP', '', start, end - start);
    });
    expect(seen).toEqual([[40, 45]]);
  });

  it('shows what could be read, then the fault', () => {
    const bytes = hexOctets('01000401 00000018 000b0008 00000009 00060009 00000001');
    expect(formatTree(describeM3ua(bytes))).toBe(
      [
        'M3UA ASPAC',
        '  Version: 1',
        '  Message Class: 4 (ASP Traffic Maintenance)',
        '  Message Type: 1 (ASPAC)',
        '  Message Length: 24',
        '  Traffic Mode Type: 9 (reserved)',
        '  Routing Context [length 9 does not fit]',
        '  Fault [M3UA: Parameter Length of Routing Context at octet 18: expected 4 to 8, got 9]',
      ].join('\n'),
    );
  });

  it.each(M3UA_VECTORS)('has no fault and stays inside: $name', ({ hex }) => {
    const bytes = hexOctets(hex);
    for (const node of everyNode(describeM3ua(bytes))) {
      expect(node.fault).toBeUndefined();
      expect(node.offset + node.length).toBeLessThanOrEqual(bytes.length);
    }
  });

  it('never throws on a cut message', () => {
    for (const { hex } of M3UA_VECTORS) {
      const bytes = hexOctets(hex);
      for (let end = 0; end < bytes.length; end += 1) {
        expect(everyNode(describeM3ua(bytes, 0, end)).some((node) => node.fault !== undefined)).toBe(true);
      }
    }
  });
});

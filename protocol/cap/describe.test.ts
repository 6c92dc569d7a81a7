import { expect, test } from 'vitest';
import { loadVectors, vector } from '../../test/vectors/load.js';
import { formatTree } from '../bytes/tree.js';
import { describeUserData } from './describe.js';

const vectors = loadVectors('sccp-tcap-cap.txt');

test('a request from SCCP down to CAP parameters', () => {
  const lines = formatTree(describeUserData(vector(vectors, 'begin-initial-dp'))).split('\n');
  expect(lines.map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      'message type: 09 Unitdata (UDT)',
      'protocol class: 1, return message on error',
      'signalling point code: 2026',
      'global title: 467012 (translation type 0, numbering plan 1, nature 4)',
      'Originating Transaction ID: 1234',
      'name: 0.4.0.0.1.0.50.1 (capV2)',
      'operation code: 0 (initialDP)',
      'serviceKey: 42',
      'calledPartyNumber: 46701234567 (nature 4, plan 1, presentation 0, screening 0)',
      'iMSI: 240011234567890',
      'mscAddress: 46700001 (nature 1, plan 1)',
      'timeAndTimezone: 2026-11-20 15:47:03, 4 quarters of an hour from GMT',
    ]),
  );
});

test('offsets and lengths point into the message', () => {
  const bytes = vector(vectors, 'end-release');
  const find = (node: ReturnType<typeof describeUserData>, label: string): typeof node | undefined =>
    node.label === label ? node : node.children.map((child) => find(child, label)).find((found) => found);
  const release = find(describeUserData(bytes), 'ReleaseCallArg');
  expect(release).toMatchObject({ value: '31 (location 2)', offset: bytes.length - 4, length: 4 });
});

test('what precedes a fault is shown, with the fault in its place', () => {
  const bytes = vector(vectors, 'begin-initial-dp').slice();
  bytes[bytes.length - 2] = 0xff;
  const text = formatTree(describeUserData(bytes));
  expect(text).toContain('mscAddress: 46700001');
  expect(text).toMatch(/timeAndTimezone \[CAP: |timeAndTimezone \[TCAP: /);
  const cut = formatTree(describeUserData(bytes.slice(0, 60)));
  expect(cut).toContain('message type: 09');
  expect(cut).toMatch(/undecoded \[SCCP: /);
});

test('an unknown operation and an unknown element are shown by number and tag', () => {
  const bytes = vector(vectors, 'end-continue').slice();
  bytes[bytes.length - 1] = 99;
  expect(formatTree(describeUserData(bytes))).toContain('operation code: 99');
});

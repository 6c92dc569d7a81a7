import { expect, test } from 'vitest';
import { STOPPED } from '../../test/support/sample-summary.js';
import { heldLine, missOf, returnedAfter, serviceMissOf, whereTable } from './where.js';

type Measured = Parameters<typeof missOf>[0];

const RESUMED_MS = Date.UTC(2026, 10, 20, 17, 0, 0, 100);
const [WINDOW] = STOPPED.windows;

/** A migration of which the guest went on at 17:00:00.100. */
function migration(
  probeGapMs: number | null,
  atLeast: number,
  atMost: number,
  { resumed = true, serviceGapMs = null }: { resumed?: boolean; serviceGapMs?: number | null } = {},
): Measured {
  const pauseMs = { atLeast, atMost };
  const window = {
    ...WINDOW!,
    startedAt: '2026-11-20T17:00:00.040Z',
    endedAt: '2026-11-20T17:00:00.265Z',
    durationMs: 225.5,
    pauseMs,
  };
  const part = {
    index: 3,
    hypervisor: { downtimeMs: 50 },
    truth: {
      stoppedMs: 51,
      stoppedErrorMs: 0,
      probeGapMs,
      probeSpacingMs: 1,
      probeBackAtMs: RESUMED_MS + 40,
      serviceGapMs,
    },
    downtime: { ...STOPPED, pauseMs, windows: [{ ...window, pauseMs: { atLeast: 0, atMost: 1 } }, window] },
    recovery: null,
    valid: false,
    timeline: resumed ? [{ name: 'resumed', atMs: RESUMED_MS, clock: 'c', text: 'RESUME' }] : [],
  };
  return part as unknown as Measured;
}

test('tells when the echo service and the responder were back after the guest went on', () => {
  expect(returnedAfter(migration(91, 105, 266))).toEqual({ echoMs: 40, answerMs: 165.5 });
  expect(returnedAfter(migration(91, 105, 266, { resumed: false }))).toEqual({
    echoMs: null,
    answerMs: null,
  });
});

test('tells on which side and by how much the bounds miss', () => {
  expect(missOf(migration(91, 105, 266))).toBe('at least too high by 14');
  expect(missOf(migration(300, 105, 266))).toBe('at most too low by 34');
  expect(missOf(migration(150, 105, 266))).toBe('yes');
  // The probe's own spacing of 1 ms belongs to what it cannot tell.
  expect(missOf(migration(266.9, 105, 266))).toBe('yes');
  expect(missOf(migration(null, 105, 266))).toBe('-');
});

test('tells the same of the time without a new answer on the wire', () => {
  expect(serviceMissOf(migration(91, 105, 266, { serviceGapMs: 226 }))).toBe('yes');
  expect(serviceMissOf(migration(91, 105, 266, { serviceGapMs: 98 }))).toBe('at least too high by 7');
  expect(serviceMissOf(migration(91, 105, 266, { serviceGapMs: 270 }))).toBe('at most too low by 4');
  expect(serviceMissOf(migration(91, 105, 266))).toBe('-');
});

test('counts for both how often the bounds held', () => {
  const some = [
    migration(91, 105, 266, { serviceGapMs: 226 }),
    migration(150, 105, 266, { serviceGapMs: 270 }),
    migration(150, 105, 266),
  ];
  expect(heldLine(some)).toBe(
    "Bounds contain the echo service's gap in 2 of 3, the responder's own on the wire in 1 of 2.\n",
  );
});

test('is one line for each migration', () => {
  const lines = whereTable([['qemu_idle', [migration(91, 105, 266), migration(150, 105, 266)]]]).split('\n');
  expect(lines[1]?.split(/ {2,}/).map((cell) => cell.trim())).toEqual([
    'qemu_idle 3',
    '50',
    '51',
    '91',
    '-',
    '105-266',
    '40',
    '166',
    '-',
    '-',
    'no',
    'at least too high by 14',
    '-',
  ]);
  expect(lines.filter((line) => line !== '')).toHaveLength(3);
});

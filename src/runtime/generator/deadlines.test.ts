import { describe, expect, it } from 'vitest';
import { LEG, SlotQueue, TransactionSlab } from '../../load/slab.js';
import { TargetSelector } from '../../load/target-selector.js';
import type { Recorder } from '../../measure/recorder.js';
import { OUTCOME } from '../../measure/recording.js';
import { type DeadlineSettings, Deadlines } from './deadlines.js';
import type { Sender } from './sender.js';

const SETTINGS: DeadlineSettings = {
  scenario: 'call',
  holdNs: 1e9,
  timeoutNs: 5e9,
  retransmitAfterNs: null,
  retransmitMax: 0,
  rerouteAfterNs: null,
  transmissionsLogged: true,
};

/** Six calls, one in each place where a call may stand; the last has been accepted by SCTP but has not left. */
function calls(settings: Partial<DeadlineSettings> = {}) {
  const slab = new TransactionSlab({ slots: 32, worker: 0, workers: 1, idOffset: 0, legs: 2 });
  const held = new SlotQueue(slab);
  const reports = new SlotQueue(slab);
  const line = new SlotQueue(slab);
  const ended: [slot: number, outcome: number][] = [];
  const legs = [LEG.queued, LEG.sent, LEG.held, LEG.reportQueued, LEG.reportSent, LEG.sent];
  const slots = legs.map((leg, index) => {
    const slot = slab.begin(1e9 + index);
    slab.leg[slot] = leg;
    slab.association[slot] = leg === LEG.queued ? 0 : 1;
    slab.firstNs[slot] = leg === LEG.queued || index === 5 ? 0 : 1e9;
    if (leg === LEG.held) held.push(slot);
    if (leg === LEG.reportSent) reports.push(slot);
    if (leg === LEG.queued || leg === LEG.reportQueued) line.push(slot);
    return slot;
  });
  const deadlines = new Deadlines({
    settings: { ...SETTINGS, ...settings },
    slab,
    selector: new TargetSelector('split', 1),
    targets: [],
    recorder: {
      ended: (slot: number, outcome: number) => ended.push([slot, outcome]),
    } as unknown as Recorder,
    sender: { remove: (slot: number) => line.remove(slot) } as unknown as Sender,
    held,
    reports,
  });
  return { slab, held, reports, line, ended, slots, deadlines };
}

describe('giving up what is in flight', () => {
  it('ends every call once and leaves no queue behind', () => {
    const { slab, held, reports, line, ended, slots, deadlines } = calls();
    deadlines.abandon(2e9);
    const { aborted, unsent } = OUTCOME;
    expect(ended).toEqual(slots.map((slot, index) => [slot, index === 0 || index === 5 ? unsent : aborted]));
    expect([slab.inFlight, held.length, reports.length, line.length]).toEqual([0, 0, 0, 0]);
    expect(deadlines.nextNs()).toBe(Number.POSITIVE_INFINITY);
    expect(deadlines.oldestDueNs()).toBe(Number.POSITIVE_INFINITY);
    deadlines.abandon(3e9);
    expect(ended).toHaveLength(slots.length);
  });
});

describe('what was never seen to leave', () => {
  it('is unsent when the engine tells what leaves', () => {
    const { ended, slots, deadlines } = calls();
    deadlines.abortInFlight(1, 2e9);
    expect(ended.find(([slot]) => slot === slots[5])).toEqual([slots[5], OUTCOME.unsent]);
  });

  it('is sent when the engine took it and tells nothing more, as kernel SCTP', () => {
    const { ended, slots, deadlines } = calls({ transmissionsLogged: false });
    deadlines.abortInFlight(1, 2e9);
    expect(ended.find(([slot]) => slot === slots[5])).toEqual([slots[5], OUTCOME.aborted]);
    deadlines.abandon(2e9);
    expect(ended.find(([slot]) => slot === slots[0])).toEqual([slots[0], OUTCOME.unsent]);
  });
});

it('tells the due time of the oldest request to the last digit', () => {
  const { slab, slots, deadlines } = calls();
  // Beside a time-out the last digits of this number would be lost.
  const dueNs = 1e9 + 2 ** -20;
  slab.dueNs[slots[0]!] = dueNs;
  expect(deadlines.oldestDueNs()).toBe(dueNs);
});

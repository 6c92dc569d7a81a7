import { describe, expect, it } from 'vitest';
import { LEG, SlotQueue, TransactionSlab } from '../../load/slab.js';
import { TargetSelector } from '../../load/target-selector.js';
import type { Recorder } from '../../measure/recorder.js';
import { OUTCOME } from '../../measure/recording.js';
import { type DeadlineSettings, Deadlines } from './deadlines.js';
import type { Sender } from './sender.js';
import { Target } from './target.js';

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
    deadlines.look();
    expect(deadlines.nextNs).toBe(Number.POSITIVE_INFINITY);
    expect(deadlines.oldestDueNs).toBe(Number.POSITIVE_INFINITY);
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
  deadlines.look();
  expect(deadlines.oldestDueNs).toBe(dueNs);
});

describe('with a second target to go to', () => {
  const twoTargets = () => {
    const slab = new TransactionSlab({ slots: 32, worker: 0, workers: 1, idOffset: 0, legs: 1 });
    const selector = new TargetSelector('split', 2);
    selector.setUsable(0, true);
    selector.setUsable(1, true);
    const [lost, other] = [new Target(0, slab), new Target(1, slab)];
    const places = new Uint8Array(32);
    const ended: number[] = [];
    const deadlines = new Deadlines({
      settings: { ...SETTINGS, scenario: 'probe', rerouteAfterNs: 500e6, transmissionsLogged: true },
      slab,
      selector,
      targets: [lost, other],
      recorder: {
        ended: (slot: number) => ended.push(slot),
        event: () => undefined,
      } as unknown as Recorder,
      sender: {
        placeOf: (slot: number) => places[slot]!,
        enqueue: (target: Target, slot: number) => {
          places[slot] = target.index;
        },
      } as unknown as Sender,
      held: new SlotQueue(slab),
      reports: new SlotQueue(slab),
    });
    const [left, kept] = [slab.begin(1e9), slab.begin(1e9)];
    for (const slot of [left, kept]) {
      slab.association[slot] = 1;
      slab.leg[slot] = LEG.sent;
    }
    slab.firstNs[left] = 1e9;
    return { slab, selector, places, ended, deadlines, left, kept };
  };

  it('a lost association sends its requests there at once, and only once', () => {
    const { slab, places, ended, deadlines, left, kept } = twoTargets();
    deadlines.abortInFlight(1, 1.1e9);
    expect([places[left], places[kept], ended.length]).toEqual([1, 1, 0]);
    expect([slab.rerouted[left], slab.rerouted[kept]]).toEqual([1, 2]);
    for (const slot of [left, kept]) slab.leg[slot] = LEG.sent;
    deadlines.advance(1.6e9);
    expect([slab.repeats[left], slab.repeats[kept]]).toEqual([1, 1]);
  });

  it('a lost association ends its requests when the other target takes none', () => {
    const { selector, ended, deadlines, left, kept } = twoTargets();
    selector.setUsable(1, false);
    deadlines.abortInFlight(1, 1.1e9);
    expect(ended).toEqual([left, kept]);
  });
});

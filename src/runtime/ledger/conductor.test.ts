import { describe, expect, it } from 'vitest';
import { Conductor, type ConductorPorts } from './conductor.js';
import type { Decider } from './decider.js';
import { SAFE_DESK } from './desk.js';
import { Ring } from './ring.js';
import { type LogOutput, SoloLog } from './solo.js';

/** Decides nothing, but counts what it is asked. */
class Silent implements Decider {
  readonly full = false;
  readonly records = 0;
  readonly sls = 0;
  asked = 0;

  decide(): boolean {
    this.asked += 1;
    return false;
  }

  writeAnswer = (): number => 0;
  takeRecords = (): Uint8Array | null => null;
  snapshot = (): Uint8Array => new Uint8Array(0);
  snapshotPieces = () => ({ count: 1, at: this.snapshot, release: () => undefined });
  expire(): void {}
  apply(): void {}
  restartTimers(): void {}
  responded(): void {}
}

/** A log that asks once for the state after an earlier entry, as that of a node does that wakes up and finds another one in charge. */
class RollingBack extends SoloLog {
  #asked = false;

  override take(): LogOutput[] {
    if (this.#asked) return super.take();
    this.#asked = true;
    return [{ type: 'rollback', index: 0 }];
  }
}

function createConductor() {
  const lane = { requests: new Ring(4096), answers: new Ring(4096) };
  const decider = new Silent();
  const rebuilds: number[] = [];
  const ports = {
    nowNs: () => 0,
    rebuild: (index: number) => rebuilds.push(index),
    soon: () => undefined,
    answered: () => undefined,
    tellRole: () => undefined,
  } as unknown as ConductorPorts;
  const conductor = new Conductor({
    log: new RollingBack(0),
    decider,
    config: null,
    desk: { durability: 'local', lanes: [lane], rules: SAFE_DESK },
    ports,
    hasPeer: false,
    recordsPerCapture: 1000,
  });
  const request = () => lane.requests.write(1, 0, 0, Uint8Array.of(1, 2, 3), 0, 3);
  return { conductor, decider, rebuilds, request };
}

describe('while the state of the application is put right', () => {
  it('a turn takes no request and ends, however many wait', () => {
    const { conductor, decider, rebuilds, request } = createConductor();
    conductor.turn();
    expect(rebuilds).toEqual([0]);
    request();
    // Looked at until it was empty, the ring once kept the thread for ever: the state never became right.
    conductor.turn();
    expect(decider.asked).toBe(0);
    conductor.rebuilt(decider);
    conductor.turn();
    expect(decider.asked).toBe(1);
  });
});

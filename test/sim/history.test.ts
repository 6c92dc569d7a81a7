import { describe, expect, it } from 'vitest';
import { runHistory } from './history.js';

/**
 * BUSYHOUR_SIM_HISTORIES for more of them, BUSYHOUR_SIM_FIRST for other seeds; BUSYHOUR_SIM_SEED replays one and prints it, with the
 * messages between the nodes from BUSYHOUR_SIM_MESSAGES_FROM_MS on.
 */
const HISTORIES = Number(process.env.BUSYHOUR_SIM_HISTORIES ?? 500);
const FIRST = Number(process.env.BUSYHOUR_SIM_FIRST ?? 1);
const SEED = process.env.BUSYHOUR_SIM_SEED;
const MESSAGES_FROM_MS = Number(process.env.BUSYHOUR_SIM_MESSAGES_FROM_MS ?? Number.POSITIVE_INFINITY);

describe('simulated histories of a cluster', () => {
  if (SEED !== undefined) {
    it(`seed ${SEED}, printed`, () => {
      const result = runHistory({ seed: Number(SEED), messagesFromMs: MESSAGES_FROM_MS });
      process.stdout.write(`${result.trace.join('\n')}\n${result.violation ?? 'no violation'}\n`);
    });
  }

  it(`${HISTORIES} of them keep every promise`, { timeout: 3_600_000 }, () => {
    let answered = 0;
    let takeovers = 0;
    for (let seed = FIRST; seed < FIRST + HISTORIES; seed++) {
      const result = runHistory({ seed });
      if (result.violation !== null) {
        throw new Error(`seed ${seed}: ${result.violation}\n${result.trace.join('\n')}`);
      }
      answered += result.answered;
      takeovers += result.takeovers;
    }
    // A simulation in which nothing happens proves nothing.
    expect(answered).toBeGreaterThan(HISTORIES * 20);
    expect(takeovers).toBeGreaterThan(HISTORIES);
  });

  const planned = Math.ceil(HISTORIES / 5);
  it(`${planned} with planned switchovers and short pauses lose no request`, { timeout: 3_600_000 }, () => {
    let answered = 0;
    for (let seed = FIRST; seed < FIRST + planned; seed++) {
      const result = runHistory({ seed, planned: true });
      if (result.violation !== null)
        throw new Error(`seed ${seed}: ${result.violation}\n${result.trace.join('\n')}`);
      answered += result.answered;
    }
    expect(answered).toBeGreaterThan(planned * 100);
  });
});

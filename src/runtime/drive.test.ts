import { describe, expect, it } from 'vitest';
import type { SctpHost } from '../transport/sctp.js';
import { COMMAND, Control } from './control.js';
import { drive, type Station } from './drive.js';

const MS = 1e6;

/** A loop on a clock of the test's own: `turn` is called once a turn and says how long the work takes and when the next deadline is. */
function play(turns: readonly { readonly workNs: number; readonly deadlineNs: number }[]) {
  let now = 1000 * MS;
  let turn = 0;
  const stalls: { startNs: number; endNs: number }[] = [];
  const polls: number[] = [];
  const control = new Control();
  const host = {
    rxTimesNs: new Float64Array(4),
    poll: (deadlineNs: number) => {
      polls.push(deadlineNs);
      now = Math.max(now, deadlineNs);
      return 0;
    },
  } as unknown as SctpHost;
  const station: Station = {
    command: () => undefined,
    receive: () => undefined,
    advance: () => {
      // The loop sees the command at the beginning of a turn and ends behind it: the last turn is played twice.
      const { workNs, deadlineNs } = turns[Math.min(turn, turns.length - 1)]!;
      now += workNs;
      turn += 1;
      if (turn >= turns.length) control.command = COMMAND.quit;
      return deadlineNs;
    },
    stalled: (startNs, endNs) => stalls.push({ startNs, endNs }),
  };
  drive(host, station, control, { nowNs: () => now, threadCpuNs: () => 0, busyPollNs: 0 });
  return { stalls, polls };
}

describe('stalls of the loop', () => {
  it('are told from the deadline that was missed to the turn that came late', () => {
    const { stalls } = play([
      { workNs: 0, deadlineNs: 1001 * MS },
      { workNs: 50 * MS, deadlineNs: 1002 * MS },
      { workNs: 0, deadlineNs: 2000 * MS },
      { workNs: 0, deadlineNs: 2000 * MS },
    ]);
    expect(stalls).toEqual([{ startNs: 1002 * MS, endNs: 1051 * MS }]);
  });

  it('are none while a loop that is behind its schedule works on', () => {
    const behind = Array.from({ length: 50 }, () => ({ workNs: 2 * MS, deadlineNs: 1000 * MS }));
    expect(play(behind).stalls).toEqual([]);
  });

  it('never overlap, so that no time is counted twice', () => {
    const slow = Array.from({ length: 20 }, () => ({ workNs: 8 * MS, deadlineNs: 1000 * MS }));
    const { stalls } = play(slow);
    expect(stalls.length).toBeGreaterThan(10);
    for (let i = 1; i < stalls.length; i++)
      expect(stalls[i]!.startNs).toBeGreaterThanOrEqual(stalls[i - 1]!.endNs);
  });
});

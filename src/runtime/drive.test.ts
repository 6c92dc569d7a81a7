import { describe, expect, it } from 'vitest';
import { HOST_TIME, type SctpHost } from '../transport/sctp.js';
import { COMMAND, Control } from './control.js';
import { type DriveOptions, drive, type Station } from './drive.js';

const MS = 1e6;

/** Times of a host whose clock the test turns. */
function timesAt(nowNs: number): Float64Array {
  const times = new Float64Array(6);
  times[HOST_TIME.now] = nowNs;
  return times;
}

/** A loop on a clock of the test's own: `turn` is called once a turn and says how long the work takes and when the next deadline is. */
function play(turns: readonly { readonly workNs: number; readonly deadlineNs: number }[]) {
  let now = 1000 * MS;
  let turn = 0;
  const stalls: { startNs: number; endNs: number }[] = [];
  const polls: number[] = [];
  const control = new Control();
  const times = timesAt(now);
  const host = {
    rxTimesNs: new Float64Array(4),
    times,
    poll: () => {
      polls.push(times[HOST_TIME.deadline]!);
      times[HOST_TIME.polled] = now;
      now = Math.max(now, times[HOST_TIME.deadline]!);
      times[HOST_TIME.now] = now;
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
      times[HOST_TIME.deadline] = deadlineNs;
    },
    stalled: (startNs, endNs) => stalls.push({ startNs, endNs }),
  };
  drive(host, station, control, { threadCpuNs: () => 0, busyPollNs: 0, unread: null });
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

/** A loop whose host notes what it is asked for; offers fall due at `offersDueNs`, one after the other. */
function playOffers(
  offersDueNs: readonly number[],
  options: Partial<DriveOptions> & { readonly sleeps?: boolean } = {},
) {
  const { sleeps = true, ...over } = options;
  let now = 1000 * MS;
  const due = [...offersDueNs];
  let answerWaits = false;
  const did: string[] = [];
  const heard: number[] = [];
  const control = new Control();
  const times = timesAt(now);
  const host = {
    rxTimesNs: new Float64Array(4),
    times,
    sleep: () => {
      const deadlineNs = times[HOST_TIME.deadline]!;
      if (!sleeps || deadlineNs <= now) return false;
      did.push(`sleep ${(deadlineNs - 1000 * MS) / MS}`);
      now = Math.max(now, deadlineNs);
      times[HOST_TIME.now] = now;
      answerWaits = true;
      return true;
    },
    poll: () => {
      const deadlineNs = times[HOST_TIME.deadline]!;
      did.push(deadlineNs === 0 ? 'poll' : 'block');
      times[HOST_TIME.polled] = now;
      now = Math.max(now, deadlineNs);
      times[HOST_TIME.now] = now;
      const count = answerWaits ? 1 : 0;
      answerWaits = false;
      return count;
    },
    drained: () => true,
  } as unknown as SctpHost;
  const offering = {
    offer: () => {
      did.push(`offer ${(times[HOST_TIME.now]! - 1000 * MS) / MS}`);
      times[HOST_TIME.offerDue] = due.shift() ?? Number.POSITIVE_INFINITY;
    },
  };
  const station: Station = {
    command: () => undefined,
    receive: (count: number) => did.push(`receive ${count}`),
    advance: () => {
      const nowNs = times[HOST_TIME.now]!;
      heard.push(nowNs - times[HOST_TIME.heardUpTo]!);
      const dueNs = times[HOST_TIME.offerDue]!;
      if (dueNs === Number.POSITIVE_INFINITY || dueNs <= nowNs) {
        times[HOST_TIME.offerDue] = due.shift() ?? Number.POSITIVE_INFINITY;
        if (times[HOST_TIME.offerDue] === Number.POSITIVE_INFINITY) control.command = COMMAND.quit;
      }
      times[HOST_TIME.deadline] = Math.min(times[HOST_TIME.offerDue]!, 2000 * MS);
    },
    stalled: () => undefined,
  };
  const unread = { nsMax: 1 * MS, offering };
  drive(host, station, control, { threadCpuNs: () => 0, busyPollNs: 0, unread, ...over });
  return { did: did.slice(1), heard };
}

describe('between two offers', () => {
  it('sleeps and offers, and reads what came meanwhile before it has waited for long', () => {
    const { did, heard } = playOffers([1000.5, 1000.9, 1001.1, 1001.8].map((ms) => ms * MS));
    const turns = [
      ...['sleep 0.5', 'offer 0.5', 'sleep 0.9', 'offer 0.9', 'poll', 'receive 1'],
      ...['sleep 1.1', 'offer 1.1', 'sleep 1.8', 'offer 1.8', 'poll', 'receive 1'],
    ];
    expect(did.map((each) => each.replace(/(\.\d)\d*$/, '$1')).slice(0, turns.length)).toEqual(turns);
    // Read at the end of each turn: nothing that arrived before is unheard when times are judged.
    expect(heard.slice(0, 3)).toEqual([0, 0, 0]);
  });

  it('reads after every offer when each is due after what came has waited for long', () => {
    const { did } = playOffers([1000.9, 1001.8, 1002.7].map((ms) => ms * MS));
    expect(did.filter((each) => /^(offer|poll)/.test(each)).map((each) => each.slice(0, 4))).toEqual([
      'offe',
      'poll',
      'offe',
      'poll',
      'offe',
      'poll',
    ]);
  });

  it.each([
    ['the next offer is far away', [1001 * MS], {}],
    ['the next offer is late already', [999 * MS], {}],
    ['the station must listen', [1000.5 * MS], { unread: null }],
    ['the host must listen', [1000.5 * MS], { sleeps: false }],
  ] as const)('blocks with an open ear when %s', (_, offersDueNs, options) => {
    const { did } = playOffers(offersDueNs, options);
    expect(did[0]).toBe('block');
  });
});

describe('how far a loop has heard', () => {
  const polledNs = 1000 * MS;

  /** What the station is told after one poll of a host whose batch holds up to four messages. */
  function heardAfter(count: number, drained: boolean, firstNs: number): number {
    const heard: number[] = [];
    const control = new Control();
    const times = timesAt(0);
    const host = {
      rxTimesNs: Float64Array.of(firstNs, 0, 0, 0),
      times,
      poll: () => {
        times[HOST_TIME.polled] = polledNs;
        times[HOST_TIME.now] = polledNs;
        return count;
      },
      drained: () => drained,
    } as unknown as SctpHost;
    const station: Station = {
      command: () => undefined,
      receive: () => undefined,
      advance: () => {
        heard.push(times[HOST_TIME.heardUpTo]!);
        control.command = COMMAND.quit;
        times[HOST_TIME.deadline] = polledNs;
      },
      stalled: () => undefined,
    };
    drive(host, station, control, { threadCpuNs: () => 0, busyPollNs: 0, unread: null });
    return heard[0]!;
  }

  it.each([
    ['to the poll when nothing is left', 2, true, 990 * MS, polledNs],
    ['to the poll when nothing came', 0, false, 0, polledNs],
    ['to the first of a batch when packets are left in the socket', 2, false, 990 * MS, 990 * MS],
    ['no further when a full batch left messages behind', 4, false, 990 * MS, 0],
  ] as const)('is %s', (_, count, drained, firstNs, expected) => {
    expect(heardAfter(count, drained, firstNs)).toBe(expected);
  });
});

import { holdCpuLatency } from '../../src/runtime/cpu-latency.js';
import { type Bundling, type Figures, measureBaseline, measureBusyhour } from './measure.js';
import { oneCoreASide, twoCoresASide } from './placement.js';

/** A figure that is judged, from the medians of both sides. */
export interface Judgement {
  readonly figure: string;
  readonly unit: string;
  /** `c` null where there is nothing to compare with. */
  readonly of: (ours: Figures, c: Figures | null) => number | null;
  readonly better: 'higher' | 'lower';
  readonly floor: number;
  readonly aim: number;
}

/** Two programs that do the same work, measured in turn. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  readonly busyhour: () => Promise<Figures>;
  /** Null where C has no counterpart. */
  readonly baseline: (() => Promise<Figures>) | null;
  readonly judgements: readonly Judgement[];
}

export interface ComparisonFacts {
  readonly seconds: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
}

/** The rate of the papers' largest configuration. */
const PAPER_RATE = 9450;
/** In flight in the closed loop of the C client: the best of 500, 1 000, 2 000 and 5 000. */
const WINDOW = 1000;
/** Offered beyond what is answered, so that the generator is never short of work. */
const OVERLOAD = 1.1;
const TIMEOUT_SECONDS = 10;
/** A paced round lasts so long at least: V8 compiles during the first second, which in a short round would be all that the tail shows. */
const PACED_SECONDS_MIN = 20;
/** CPU time of a paced round and the rate of a saturated one count from then on: what a run spends once, at its start, is no price of a rate. C has nothing to compile. */
const SETTLE_SECONDS = 3;

/** Every comparison of the harness. */
export function comparisons(facts: ComparisonFacts): Comparison[] {
  return [
    saturated(facts, 'auto', 1),
    saturated(facts, 'off', 1),
    saturated(facts, 'auto', 2),
    saturated(facts, 'off', 2),
    paced(facts, 'alone'),
    paced(facts, 'ticks'),
    ...(mayHoldCpuLatency() ? [paced(facts, 'awake')] : []),
  ];
}

function mayHoldCpuLatency(): boolean {
  try {
    holdCpuLatency(0)();
    return true;
  } catch {
    return false;
  }
}

/**
 * The generator is open-loop, so it is given more to do than can be done, and its answers a second are counted until the last one. How much that is
 * is found out first.
 */
function saturated(facts: ComparisonFacts, bundling: Bundling, workers: 1 | 2): Comparison {
  const placement = workers === 1 ? oneCoreASide() : twoCoresASide();
  let offered: number | null = null;
  const load = (ratePerSecond: number, seconds: number) =>
    measureBusyhour({
      placement,
      bundling,
      workers,
      responders: workers,
      ratePerSecond: Math.round(ratePerSecond),
      seconds: SETTLE_SECONDS + seconds,
      settleSeconds: SETTLE_SECONDS,
      timeoutSeconds: TIMEOUT_SECONDS,
      rowsEvery: '250ms',
    });
  const [floor, aim, shareFloor, shareAim] =
    bundling === 'auto' ? [200_000, 320_000, 0.5, 0.8] : [90_000, 120_000, 0.5, 0.9];
  return {
    name: `saturated-${bundling}-${workers}`,
    title: `saturated, bundling ${bundling}, ${workers} worker${workers === 1 ? '' : 's'}`,
    busyhour: async () => {
      offered ??= OVERLOAD * (await capacity(load, bundling === 'auto' ? 200_000 : 100_000));
      return load(offered, facts.seconds);
    },
    baseline: () =>
      measureBaseline({ ...facts, placement, bundling, pairs: workers, load: { window: WINDOW } }),
    judgements: [
      {
        figure: 'request/answer rate',
        unit: '/s',
        of: (ours) => ours.answeredPerSecond,
        better: 'higher',
        floor,
        aim,
      },
      {
        figure: 'rate against C',
        unit: 'x',
        of: (ours, c) => (c === null ? null : ours.answeredPerSecond / c.answeredPerSecond),
        better: 'higher',
        floor: shareFloor,
        aim: shareAim,
      },
    ],
  };
}

const CALIBRATION_SECONDS = 2;
const NEARLY = 0.85;

/** Raises the rate until clearly less is answered than offered, twice in a row: a hiccup of the host does not end the search. */
async function capacity(
  load: (ratePerSecond: number, seconds: number) => Promise<Figures>,
  lowest: number,
): Promise<number> {
  let most = 0;
  for (let offered = lowest; ; offered *= 1.3) {
    const first = (await load(offered, CALIBRATION_SECONDS)).answeredPerSecond;
    const again = first < NEARLY * offered ? (await load(offered, CALIBRATION_SECONDS)).answeredPerSecond : 0;
    most = Math.max(most, first, again);
    if (Math.max(first, again) < NEARLY * offered) return most;
  }
}

type Pacing = 'alone' | 'ticks' | 'awake';

const PACINGS: Readonly<
  Record<Pacing, { readonly name: string; readonly title: string; readonly flags: readonly string[] }>
> = {
  alone: { name: 'paced', title: 'every request paced alone', flags: [] },
  ticks: { name: 'paced-ticks', title: 'ticks of 1 ms', flags: ['--tick', '1ms'] },
  awake: {
    name: 'paced-awake',
    title: 'every request paced alone, no processor sleeps',
    flags: ['--cpu-latency', '0us'],
  },
};

function paced(facts: ComparisonFacts, pacing: Pacing): Comparison {
  const { name, title, flags } = PACINGS[pacing];
  const ticks = pacing === 'ticks';
  const placement = oneCoreASide();
  const seconds = Math.max(facts.seconds, PACED_SECONDS_MIN);
  const cpu: Judgement = {
    figure: 'generator CPU',
    unit: 'of a core',
    of: (ours) => ours.generatorCpu,
    better: 'lower',
    floor: ticks ? 0.2 : 0.4,
    aim: ticks ? 0.1 : 0.25,
  };
  const against = (
    figure: string,
    of: (figures: Figures) => number,
    floor: number,
    aim: number,
  ): Judgement => ({
    figure: `${figure} against C`,
    unit: 'x',
    of: (ours, c) => (c === null ? null : of(ours) / of(c)),
    better: 'lower',
    floor,
    aim,
  });
  return {
    name,
    title: `${PAPER_RATE} req/s, ${title}`,
    busyhour: () =>
      measureBusyhour({
        placement,
        bundling: 'auto',
        ratePerSecond: PAPER_RATE,
        seconds,
        settleSeconds: SETTLE_SECONDS,
        timeoutSeconds: TIMEOUT_SECONDS,
        flags,
      }),
    baseline: ticks
      ? null
      : () => {
          const load = { ratePerSecond: PAPER_RATE };
          const client = () => measureBaseline({ ...facts, seconds, placement, bundling: 'auto', load });
          return pacing === 'awake' ? awake(client) : client();
        },
    judgements: ticks
      ? [cpu]
      : [
          cpu,
          against('schedule lag p99.9', ({ lagUs }) => lagUs.p999, 3, 1.2),
          against('latency p50', ({ latencyUs }) => latencyUs.p50, 1.5, 1.1),
          against('latency p99', ({ latencyUs }) => latencyUs.p99, 2, 1.3),
        ],
  };
}

/** The C client has no option for it. */
async function awake<T>(measure: () => Promise<T>): Promise<T> {
  const release = holdCpuLatency(0);
  try {
    return await measure();
  } finally {
    release();
  }
}

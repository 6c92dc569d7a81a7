import { type Board, createBoard } from '../../src/measure/board.js';
import { Collector, type CollectorOptions } from '../../src/measure/collector.js';
import { Recorder } from '../../src/measure/recorder.js';
import { EVENT, OUTCOME } from '../../src/measure/recording.js';
import type { SimulatedRequest } from './simulated-target.js';

/** Test support: feeds requests of a simulation to recorders as worker loops would, with a collector looking on every 100 ms. */
export interface ReplayOptions {
  readonly workers: number;
  readonly ratePerSecond: number;
  readonly durationNs: number;
  readonly timeoutNs: number;
  readonly intervalNs: number;
  readonly targets?: readonly string[];
  readonly targetOf?: (request: SimulatedRequest) => number;
  readonly overrides?: Partial<CollectorOptions>;
  /** Extra calls, such as stalls, made once the clock has passed their time. */
  readonly extras?: readonly {
    readonly timeNs: number;
    readonly run: (recorders: readonly Recorder[]) => void;
  }[];
}

export interface Replay {
  readonly collector: Collector;
  readonly boards: readonly Board[];
  readonly endNs: number;
}

type Step = { readonly timeNs: number; readonly kind: 0 | 1 | 2 | 3; readonly n: number };

/** One slot per request: the correlation slab of a real run reuses them. */
export function replay(requests: readonly SimulatedRequest[], options: ReplayOptions): Replay {
  const count = requests.length;
  const targets = options.targets ?? ['a'];
  const boards = Array.from({ length: options.workers }, (_, worker) =>
    createBoard({
      worker,
      targets: targets.length,
      startNs: 0,
      intervalNs: options.intervalNs,
      requestLifeNsMax: options.timeoutNs + 1e9,
      ratePerSecond: options.ratePerSecond / options.workers,
      lagLimitNs: 10e6,
    }),
  );
  const column = (read: (request: SimulatedRequest) => number) => Float64Array.from(requests, read);
  const columns = {
    dueNs: column((r) => r.dueNs),
    offeredNs: column((r) => r.offeredNs),
    firstNs: column((r) => r.firstNs),
    lastNs: column((r) => r.lastNs),
    previousNs: column((r) => r.previousNs),
    count: Uint16Array.from(requests, (r) => r.transmissions),
    rerouted: new Uint8Array(requests.length),
    target: Uint8Array.from(requests, (r) => options.targetOf?.(r) ?? 0),
    association: Int32Array.from(requests, (r) => r.worker + 1),
  };
  const recorders = boards.map((board) => new Recorder(board, columns));
  const collector = new Collector({
    boards,
    targets,
    startNs: 0,
    endNs: options.durationNs,
    intervalNs: options.intervalNs,
    ratePerSecond: () => options.ratePerSecond / targets.length,
    outageThresholdNs: null,
    rtoLimitNs: 200e6,
    onInterval: () => {},
    onWindow: () => null,
    ...options.overrides,
  });
  const steps: Step[] = [];
  requests.forEach((request, n) => {
    steps.push({ timeNs: request.dueNs, kind: 0, n }, { timeNs: request.offeredNs, kind: 1, n });
    steps.push({ timeNs: request.endedNs, kind: 2, n });
    if (request.lateNs > 0) steps.push({ timeNs: request.lateNs, kind: 3, n });
  });
  steps.sort((a, b) => a.timeNs - b.timeNs || a.kind - b.kind);
  const extras = [...(options.extras ?? [])];
  const ended = new Uint8Array(count);
  let oldest = 0;
  let lookNs = 100e6;
  const receive = new Float64Array(1);
  const look = (nowNs: number) => {
    while (oldest < count && ended[oldest] === 1) oldest++;
    // Conservative for a worker without requests in flight: the oldest of all.
    const oldestDueNs = Math.min(nowNs, requests[oldest]?.dueNs ?? nowNs);
    for (const recorder of recorders) recorder.publish(Float64Array.of(nowNs, oldestDueNs), 0, 1);
    collector.harvest(nowNs);
  };
  let endNs = 0;
  for (const step of steps) {
    while (step.timeNs > lookNs) {
      while (extras[0] !== undefined && extras[0].timeNs <= lookNs) extras.shift()!.run(recorders);
      look(lookNs);
      lookNs += 100e6;
    }
    endNs = step.timeNs;
    const request = requests[step.n]!;
    const recorder = recorders[request.worker]!;
    if (step.kind === 0) recorder.due(step.n);
    else if (step.kind === 1) recorder.offered(step.n);
    else if (step.kind === 3) {
      receive[0] = request.lateNs;
      recorder.event(columns.target[step.n]!, EVENT.late, request.lateNs);
      recorder.heard(columns.target[step.n]!, receive, 0);
    } else {
      ended[step.n] = 1;
      receive[0] = request.answeredNs;
      if (request.answeredNs > 0) recorder.completed(step.n, OUTCOME.succeeded, receive, 0);
      else recorder.ended(step.n, OUTCOME.timedOut, request.endedNs);
    }
  }
  endNs += 1e6;
  for (const recorder of recorders) recorder.finish(endNs);
  collector.finish(endNs);
  return { collector, boards, endNs };
}

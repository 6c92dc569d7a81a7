import { EVENT_COUNTS, OUTCOMES } from '../measure/summary.js';
import { LATENCY_BUCKETS_SECONDS, type LiveFeed } from './live-feed.js';

export type Labels = Readonly<Record<string, string>>;
/** One series; of a histogram its suffix says which part. */
export interface Sample {
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}
/** A metric with all its series. */
export interface Family {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * The metrics of a run, for whatever form they leave in. Counters and the histogram grow as intervals close, so that they never go back; gauges are
 * of this moment. Latency counts from the intended send time, answered requests only, in fixed buckets.
 */
export function metricFamilies(feed: LiveFeed): Family[] {
  const targets = [...feed.targets];
  const perTarget = (name: string, help: string, samples: (target: string) => Sample[]): Family => ({
    name,
    kind: 'counter',
    help,
    samples: targets.flatMap(([target]) => samples(target)),
  });
  const of = (target: string) => feed.targets.get(target)!;
  return [
    ...gauges(feed),
    perTarget('busyhour_requests_total', 'Requests of closed intervals by how they ended.', (target) =>
      OUTCOMES.map((outcome) => ({ labels: { target, outcome }, value: of(target).outcomes[outcome] })),
    ),
    perTarget('busyhour_request_events_total', 'Events counted beside the outcomes.', (target) =>
      EVENT_COUNTS.map((event) => ({ labels: { target, event }, value: of(target).events[event] })),
    ),
    perTarget('busyhour_outages_total', 'Outage windows found.', (target) => [
      { labels: { target }, value: of(target).outages },
    ]),
    perTarget('busyhour_outage_seconds_total', 'Length of all outage windows found.', (target) => [
      { labels: { target }, value: of(target).outageSeconds },
    ]),
    {
      name: 'busyhour_generator_stall_seconds_total',
      kind: 'counter',
      help: 'Time for which loops of the generator itself did not run.',
      samples: [{ labels: {}, value: feed.generatorStallSeconds }],
    },
    {
      name: 'busyhour_latency_seconds',
      kind: 'histogram',
      help: 'Latency from the intended send time, answered requests of closed intervals.',
      samples: targets.flatMap(([target]) => latencySamples(target, of(target))),
    },
  ];
}

function latencySamples(target: string, known: ReturnType<LiveFeed['targets']['get']> & object): Sample[] {
  const buckets = LATENCY_BUCKETS_SECONDS.map((bound, index): Sample => {
    const labels = { target, le: String(bound) };
    return { suffix: '_bucket', labels, value: known.atMost[index]! };
  });
  return [
    ...buckets,
    { suffix: '_bucket', labels: { target, le: '+Inf' }, value: known.latencyCount },
    { suffix: '_sum', labels: { target }, value: known.latencySumSeconds },
    { suffix: '_count', labels: { target }, value: known.latencyCount },
  ];
}

/** What holds at this moment. */
function gauges({ run, latest, finished }: LiveFeed): Family[] {
  const { id, version, scenario } = run;
  const gauge = (name: string, help: string, value: number): Family => ({
    name,
    kind: 'gauge',
    help,
    samples: [{ labels: {}, value }],
  });
  return [
    {
      name: 'busyhour_run_info',
      kind: 'gauge',
      help: 'The run, always 1.',
      samples: [{ labels: { run: id, version, scenario }, value: 1 }],
    },
    gauge('busyhour_run_finished', 'Whether the run has ended.', finished ? 1 : 0),
    gauge('busyhour_run_elapsed_seconds', 'Time since the first due request.', latest?.elapsedSeconds ?? 0),
    gauge('busyhour_run_planned_seconds', 'Planned length of the run.', latest?.durationSeconds ?? 0),
    gauge(
      'busyhour_asked_requests_per_second',
      'Rate that the schedule asks for now; 0 while the user has paused it.',
      latest?.askedPerSecond ?? 0,
    ),
    gauge(
      'busyhour_offered_requests_per_second',
      'Rate offered over the last second.',
      latest?.offeredPerSecond ?? 0,
    ),
    gauge(
      'busyhour_answered_requests_per_second',
      'Rate answered over the last second.',
      latest?.answeredPerSecond ?? 0,
    ),
    gauge('busyhour_in_flight_requests', 'Requests that have not ended.', latest?.inFlight ?? 0),
    gauge(
      'busyhour_silent_seconds',
      'For how long the most silent target has not answered although requests wait; 0 while all answer.',
      (latest?.silentMs ?? 0) / 1000,
    ),
  ];
}

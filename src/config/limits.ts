/**
 * Every bound of the program by name. A pool, queue or table takes its size from here, and counts what it refused.
 *
 * Each entry says what is bounded, how much, and what happens at the bound.
 */
export interface Limit {
  readonly value: number;
  readonly meaning: string;
  readonly consequence: string;
}

export const LIMITS = {
  targetsMax: {
    value: 32,
    meaning: 'endpoints of the responder that one run sends to',
    consequence: 'a profile with more is refused',
  },
  campaignLevelsMax: {
    value: 1000,
    meaning: 'load levels of one set-up of a campaign',
    consequence: 'a campaign profile with more is refused',
  },
  workersMax: {
    value: 63,
    meaning: 'worker threads of one run; each owns a share of the transaction ids',
    consequence: 'a profile with more is refused',
  },
  servingThreadsMax: {
    value: 15,
    meaning: 'serving threads of one responder; each has 32 MB of rings to the thread that decides',
    consequence: 'a profile with more is refused',
  },
  associationsPerTargetMax: {
    value: 1024,
    meaning: 'associations from one run to one target',
    consequence: 'a profile with more is refused',
  },
  associationsAcceptedMax: {
    value: 4096,
    meaning: 'associations that one listening host keeps at a time',
    consequence: 'a further one is refused and counted in associationsRefused',
  },
  streamsMax: {
    value: 1024,
    meaning: 'SCTP streams in each direction',
    consequence: 'a profile with more is refused',
  },
  ratePerSecondMax: {
    value: 10_000_000,
    meaning: 'requests a second of a schedule, all workers together',
    consequence: 'a profile with more is refused',
  },
  requestsMax: {
    value: 1e12,
    meaning: 'requests of one run; up to here every due time is exact to a nanosecond-scale rounding',
    consequence: 'a profile with more is refused',
  },
  slabSlotsMax: {
    value: 2 ** 24,
    meaning: 'requests in flight or queued in one worker',
    consequence:
      'a profile whose rate x time-out needs more is refused; ask for more workers or a shorter time-out',
  },
  slabSlotsMin: {
    value: 2 ** 12,
    meaning: 'smallest correlation table of a worker',
    consequence: 'a low rate still has room for a burst of Poisson arrivals',
  },
  receiveBatchMessages: {
    value: 1024,
    meaning: 'messages that one poll of the binding hands over',
    consequence: 'the rest waits in SCTP for the next poll; flow control reaches the peer',
  },
  receiveBatchBytes: {
    value: 1024 * 1024,
    meaning: 'bytes that one poll of the binding hands over',
    consequence: 'the rest waits in SCTP for the next poll; flow control reaches the peer',
  },
  sendBatchMessages: {
    value: 1024,
    meaning: 'messages that one call offers to the binding',
    consequence: 'the rest waits in the queue of the worker for the next call',
  },
  sendBatchBytes: {
    value: 1024 * 1024,
    meaning: 'bytes that one call offers to the binding',
    consequence: 'the rest waits in the queue of the worker for the next call',
  },
  messageBytesMax: {
    value: 64 * 1024,
    meaning: 'one M3UA message',
    consequence: 'a longer one is malformed; the padding of a request is refused beyond it',
  },
  subscribersMax: {
    value: 50_000_000,
    meaning: 'subscribers with a balance in a responder',
    consequence: 'the setting is refused',
  },
  serversMax: {
    value: 65_536,
    meaning: 'servers of the service model of a responder',
    consequence: 'the setting is refused',
  },
  serviceQueueMax: {
    value: 1_048_576,
    meaning: 'requests that wait for a server of the service model',
    consequence: 'a further request is refused (P-Abort resourceLimitation) and counted',
  },
  dialoguesMax: {
    value: 4_194_304,
    meaning: 'calls that a responder keeps open',
    consequence: 'a further one is answered with P-Abort resourceLimitation and counted',
  },
  rememberedAnswersMax: {
    value: 4_194_304,
    meaning: 'requests whose answers a responder keeps to recognise a repetition',
    consequence: 'the oldest is forgotten; its repetition would be charged as new',
  },
  thresholdsMax: {
    value: 1000,
    meaning: 'thresholds of one run',
    consequence: 'a profile with more is refused',
  },
  profileBytesMax: {
    value: 1024 * 1024,
    meaning: 'a profile file',
    consequence: 'a longer one is refused',
  },
} as const satisfies Readonly<Record<string, Limit>>;

/** What decides how many requests of one worker can be alive at a time. */
export interface InFlightFacts {
  /** Highest rate of the schedule, all workers together. */
  readonly ratePeakPerSecond: number;
  readonly workers: number;
  readonly timeoutNs: number;
  /** Time between the legs of a call; null for scenarios of one leg. */
  readonly holdNs: number | null;
}

/**
 * Requests of one worker that can be due and not ended: rate x time-out (a call lives for two time-outs and its hold), six standard
 * deviations of Poisson arrivals on top. The queue of requests that wait for room in SCTP has the same bound: they are a part of these.
 */
export function inFlightBound(facts: InFlightFacts): number {
  const lifeNs = facts.holdNs === null ? facts.timeoutNs : 2 * facts.timeoutNs + facts.holdNs;
  const mean = (facts.ratePeakPerSecond / facts.workers) * (lifeNs / 1e9);
  return Math.ceil(mean + 6 * Math.sqrt(mean) + 64);
}

/** Slots of a worker's correlation table: the power of two that holds {@link inFlightBound}; may be above {@link LIMITS.slabSlotsMax}. */
export function slabSlots(facts: InFlightFacts): number {
  const needed = Math.max(inFlightBound(facts), LIMITS.slabSlotsMin.value);
  return 2 ** Math.ceil(Math.log2(needed));
}

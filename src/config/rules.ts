import { arrivalOf, ratePeakPerSecond } from './arrival.js';
import { clusterFaults } from './cluster-config.js';
import { type Endpoint, formatEndpoint } from './endpoint.js';
import { inFlightBound, LIMITS, slabSlots } from './limits.js';
import type { RespondProfile, RunProfile } from './profile-schema.js';
import { formatDurationNs } from './quantities.js';
import { runDurationNs } from './run-config.js';

/** Keys that are sound one by one and do not fit together. `key` is the one to change. */
export interface RuleFault {
  readonly key: string;
  readonly message: string;
}

/** Looks at the keys that it needs and no others: a rule that reads an unsound key is not asked. */
type Rule<Profile> = (profile: Profile) => Iterable<RuleFault>;

/**
 * What `rules` find wrong. Rules that read one of `unsound` (top-level keys that failed on their own, and so hold a stand-in here)
 * have no say.
 */
export function ruleFaults<Profile extends object>(
  rules: readonly Rule<Profile>[],
  profile: Profile,
  unsound: ReadonlySet<string>,
): RuleFault[] {
  return rules.flatMap((rule) => {
    let sound = true;
    const watched = new Proxy(profile, {
      get(target, key) {
        if (typeof key === 'string' && unsound.has(key)) sound = false;
        return Reflect.get(target, key);
      },
    });
    const faults = [...rule(watched)];
    return sound ? faults : [];
  });
}

type CommonProfile = Pick<
  RunProfile & RespondProfile,
  'sctp' | 'local' | 'carrier' | 'msisdnRange' | 'imsiRange'
>;

const COMMON_RULES: readonly Rule<CommonProfile>[] = [
  function* rtoInOrder({ sctp: { rto } }) {
    if (rto.rtoMinMs > rto.rtoMaxMs) yield { key: 'sctp.rto', message: 'min is above max' };
    if (rto.rtoInitialMs > rto.rtoMaxMs) yield { key: 'sctp.rto', message: 'initial is above max' };
  },
  function* sackDelayAllowed({ sctp: { sackDelay } }) {
    // RFC 9260 §6.2: "An implementation MUST NOT allow the maximum delay ... to be configured to be more than 500 ms."
    if (sackDelay > 500e6) yield { key: 'sctp.sackDelay', message: 'must be at most 500ms (RFC 9260 §6.2)' };
  },
  function* localPaths({ local, carrier }) {
    if (local !== undefined) yield* multiHomingFaults('local', local, carrier);
  },
  function* imsiForEveryone({ msisdnRange, imsiRange }) {
    if (imsiRange.count >= msisdnRange.count) return;
    const message = `has ${imsiRange.count} numbers, but msisdnRange has ${msisdnRange.count}; every subscriber needs an IMSI`;
    yield { key: 'imsiRange', message };
  },
];

/** Rules of a run. */
export const RUN_RULES: readonly Rule<RunProfile>[] = [
  ...COMMON_RULES,
  function* rateWhereNeeded({ rate, arrival: { kind } }) {
    const ownRates = kind === 'ramp' || kind === 'step';
    if (rate === undefined && !ownRates) {
      yield { key: 'rate', message: 'is missing: requests per second such as 1500, or 5400000bhca' };
    }
    if (rate !== undefined && ownRates) {
      const message = `has no effect with a ${kind} arrival, which names its own rates; leave one of them out`;
      yield { key: 'rate', message };
    }
  },
  function* durationWhereNeeded({ duration, arrival }) {
    if (duration === undefined && arrival.kind !== 'step') {
      yield { key: 'duration', message: 'is missing: how long the run lasts, such as 30s' };
    }
  },
  function* burstWithinRun({ duration, arrival }) {
    if (arrival.kind !== 'burst' || duration === undefined || arrival.at < duration) return;
    const message =
      `the first burst begins at ${formatDurationNs(arrival.at)}, but the run ends at ${formatDurationNs(duration)}; ` +
      'begin earlier or run longer';
    yield { key: 'arrival.at', message };
  },
  function* burstsApart({ arrival }) {
    if (arrival.kind !== 'burst' || arrival.every === undefined || arrival.every >= arrival.for) return;
    const message = `a burst of ${formatDurationNs(arrival.for)} cannot come every ${formatDurationNs(arrival.every)}`;
    yield { key: 'arrival.every', message };
  },
  function* rampWithinRun({ duration, arrival }) {
    if (arrival.kind !== 'ramp' || duration === undefined || (arrival.over ?? 0) <= duration) return;
    const message = `${formatDurationNs(arrival.over ?? 0)} is longer than the run of ${formatDurationNs(duration)}, which would never reach the second rate`;
    yield { key: 'arrival.over', message };
  },
  function* someTarget({ target }) {
    if (target.length === 0) yield { key: 'target', message: 'expected at least one endpoint' };
  },
  function* targetsDiffer({ target }) {
    const seen = new Set<string>();
    for (const name of target.map(formatEndpoint)) {
      if (seen.has(name)) yield { key: 'target', message: `${name} is named twice` };
      seen.add(name);
    }
  },
  function* targetPorts({ target }) {
    for (const each of target) {
      if (each.sctpPort === 0) {
        yield { key: 'target', message: `${formatEndpoint(each)} needs an SCTP port above 0` };
      }
    }
  },
  function* targetPaths({ target, carrier }) {
    for (const each of target) yield* multiHomingFaults('target', each, carrier);
  },
  function* rerouteToAnother({ target, rerouteAfter }) {
    if (rerouteAfter === null || target.length > 1) return;
    yield { key: 'rerouteAfter', message: 'needs a second target to send to; name one, or set it OFF' };
  },
  function* associationForEachWorker({ associations, workers }) {
    if (associations === undefined || associations >= workers) return;
    const message = `${associations} cannot be shared by ${workers} workers: each needs its own; raise it or lower workers`;
    yield { key: 'associations', message };
  },
  function* againBeforeTimeout({ retransmitAfter, timeout }) {
    if (retransmitAfter === null || retransmitAfter < timeout) return;
    yield { key: 'retransmitAfter', message: `must be below the timeout of ${formatDurationNs(timeout)}` };
  },
  function* rerouteBeforeTimeout({ rerouteAfter, timeout }) {
    if (rerouteAfter === null || rerouteAfter < timeout) return;
    yield { key: 'rerouteAfter', message: `must be below the timeout of ${formatDurationNs(timeout)}` };
  },
  function* tickToBundleBy({ bundle, tick }) {
    if (bundle !== 'tick' || tick !== null) return;
    yield { key: 'bundle', message: 'tick needs a tick to bundle by; add tick: 1ms, or take auto' };
  },
  function* roomInFlight({ rate, arrival, duration, workers, timeout, scenario, hold }) {
    const { shape } = arrivalOf(arrival, rate ?? 0, runDurationNs({ duration, arrival }));
    const peak = ratePeakPerSecond(shape);
    const facts = {
      ratePeakPerSecond: peak,
      workers,
      timeoutNs: timeout,
      holdNs: scenario === 'call' ? hold : null,
    };
    if (slabSlots(facts) <= LIMITS.slabSlotsMax.value) return;
    const message =
      `at ${peak} requests a second up to ${inFlightBound(facts)} of one worker wait at a time, above ` +
      `the ${LIMITS.slabSlotsMax.value} that it can keep; shorten it or add workers`;
    yield { key: 'timeout', message };
  },
  function* partsWithinKeep({ rotateSize, keep }) {
    // Two time series and the events grow at the same time, and what is full has to fit beside them.
    if (keep >= 4 * rotateSize) return;
    yield { key: 'keep', message: `must be at least four times rotateSize, ${4 * rotateSize} bytes` };
  },
  function* windowsOfIntervals({ failIf, interval }) {
    for (const { overNs, source } of failIf) {
      if (overNs === null || overNs >= interval) continue;
      const message = `'${source}': the window is shorter than the interval of ${formatDurationNs(interval)}; it needs one or more`;
      yield { key: 'failIf', message };
    }
  },
  function* countable({ rate, arrival, duration }) {
    const durationNs = runDurationNs({ duration, arrival });
    // An upper limit: the exact number is the schedule's business.
    const requests = ratePeakPerSecond(arrivalOf(arrival, rate ?? 0, durationNs).shape) * (durationNs / 1e9);
    if (requests <= LIMITS.requestsMax.value) return;
    yield {
      key: 'duration',
      message: `makes ${requests} requests; a run has at most ${LIMITS.requestsMax.value}`,
    };
  },
];

/** Rules of a responder. */
export const RESPOND_RULES: readonly Rule<RespondProfile>[] = [
  ...COMMON_RULES,
  function* somewhereToServe({ listen, listenForPeer }) {
    if (!listenForPeer || listen !== undefined) return;
    yield {
      key: 'listen',
      message: 'is missing: name the endpoint to serve on, such as 127.0.0.1:2905/9899',
    };
  },
  function* someoneToCall({ target, listenForPeer }) {
    if (!listenForPeer && target.length === 0) {
      const message =
        'is missing: with listenForPeer false this side opens the associations, so name the peers';
      yield { key: 'target', message };
    }
    if (listenForPeer && target.length > 0) {
      yield {
        key: 'target',
        message:
          'has no effect while listenForPeer is true; set listenForPeer false (--no-listen-for-peer) to open associations',
      };
    }
  },
  clusterFaults,
  function* workersOfOneLedger({ workers, data, cluster }) {
    if (workers === 1 || data !== undefined || cluster !== undefined) return;
    const message = `${workers} need a ledger that decides for all of them, or each would charge by itself; name a folder with data, or take 1`;
    yield { key: 'workers', message };
  },
  function* workersWithoutQueue({ workers, serviceTime }) {
    if (workers === 1 || serviceTime.kind === 'off') return;
    const message = `${workers} would each have servers and a queue of their own; with a serviceTime take 1`;
    yield { key: 'workers', message };
  },
  function* workersOfOneSocket({ workers, carrier }) {
    if (workers === 1 || carrier !== 'raw') return;
    yield {
      key: 'workers',
      message: `${workers} would each get every packet of carrier raw; take 1, or carrier udp`,
    };
  },
  function* workersThatCall({ workers, listenForPeer, target }) {
    if (listenForPeer || workers <= Math.max(1, target.length)) return;
    const message = `${workers} cannot share ${target.length} associations: this side opens one to each target`;
    yield { key: 'workers', message };
  },
  function* numberForEverySubscriber({ subscribers, msisdnRange }) {
    if (subscribers === undefined || subscribers <= msisdnRange.count) return;
    yield {
      key: 'subscribers',
      message: `is above the ${msisdnRange.count} numbers of msisdnRange; widen the range`,
    };
  },
  function* roomForSubscribers({ subscribers, msisdnRange }) {
    if ((subscribers ?? msisdnRange.count) <= LIMITS.subscribersMax.value) return;
    const message = `has ${msisdnRange.count} numbers, and a responder keeps at most ${LIMITS.subscribersMax.value} subscribers; narrow it`;
    yield { key: 'msisdnRange', message };
  },
];

function* multiHomingFaults(key: string, endpoint: Endpoint, carrier: string): Iterable<RuleFault> {
  if (endpoint.addresses.length < 2 || carrier === 'kernel' || carrier === 'auto') return;
  yield { key, message: `several addresses need carrier kernel; ${carrier} has one path` };
}

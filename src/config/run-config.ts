import { type Arrival, arrivalOf, ratePeakPerSecond } from './arrival.js';
import type { DigitRange } from './digit-range.js';
import type { Endpoint } from './endpoint.js';
import { slabSlots } from './limits.js';
import type { RespondProfile, RunProfile } from './profile-schema.js';
import { type SctpConfig, sctpConfigOf, timeToDeathMs } from './sctp.js';
import type { ThresholdExpression } from './threshold-expression.js';

/** M3UA, MTP and SCCP addressing of one side. */
export interface AddressingConfig {
  readonly role: 'asp' | 'sgp' | 'ipsp';
  readonly trafficMode: 'override' | 'loadshare' | 'broadcast';
  readonly routingContext: number | null;
  readonly networkAppearance: number | null;
  readonly opc: number;
  readonly dpc: number;
  readonly networkIndicator: number;
  readonly ssn: number;
  readonly callingGt: string;
  readonly calledGt: string;
  readonly serviceKey: number;
  readonly msisdnRange: DigitRange;
  readonly imsiRange: DigitRange;
}

/** A validated run, frozen, every default filled in. Null means off or "derived while running", as the field says. */
export interface RunConfig {
  readonly targets: readonly Endpoint[];
  readonly arrival: Arrival;
  readonly ratePeakPerSecond: number;
  readonly durationNs: number;
  readonly distribution: 'split' | 'first' | 'active';
  /** Null: never. */
  readonly rerouteAfterNs: number | null;
  readonly scenario: 'probe' | 'call';
  readonly holdNs: number;
  readonly workers: number;
  readonly timeoutNs: number;
  readonly connectTimeoutNs: number;
  readonly intervalNs: number;
  /** Null: every request is paced alone. */
  readonly tickNs: number | null;
  readonly bundle: 'off' | 'tick' | 'auto';
  /** Null: 3 x the reference p99. */
  readonly objectiveNs: number | null;
  /** Null: the default rule of the downtime figures. */
  readonly outageThresholdNs: number | null;
  /** Null: never. */
  readonly retransmitAfterNs: number | null;
  readonly retransmitMax: number;
  /** 0 to 1. */
  readonly checkShare: number;
  /** Keep what was answered, for `busyhour ledger verify --result`. */
  readonly audit: boolean;
  readonly paddingBytes: number;
  readonly seed: number;
  readonly carrier: 'auto' | 'udp' | 'raw' | 'kernel';
  /** Null: any address, ports chosen by the system. */
  readonly local: Endpoint | null;
  readonly listenForPeer: boolean;
  readonly associationsPerTarget: number;
  readonly addressing: AddressingConfig;
  readonly sctp: SctpConfig;
  /** How long an association outlives a peer that acknowledges nothing. */
  readonly sctpTimeToDeathMs: number;
  /** Slots of the correlation table of one worker, a power of two. */
  readonly slabSlotsPerWorker: number;
  /** CPU of worker i is the i-th; empty: not pinned. */
  readonly cpus: readonly number[];
  /** Null: block at once. */
  readonly busyPollNs: number | null;
  /** Null: as the machine is set. */
  readonly cpuLatencyNs: number | null;
  readonly failIf: readonly ThresholdExpression[];
  /** How large the files of the result may become; `partNs` null: never by age. */
  readonly files: {
    readonly partBytes: number;
    readonly partNs: number | null;
    readonly keepBytes: number;
  };
  /** Null: `results/<run id>`. */
  readonly outDir: string | null;
}

/** Length of the run: as given, or the sum of the steps; 0 when neither is there (the rules refuse that). */
export function runDurationNs(profile: Pick<RunProfile, 'duration' | 'arrival'>): number {
  if (profile.duration !== undefined) return profile.duration;
  if (profile.arrival.kind !== 'step') return 0;
  return profile.arrival.steps.reduce((sum, step) => sum + step.for, 0);
}

/** A profile that keeps the rules, in base units. */
export function runConfigOf(profile: RunProfile, seedDefault: number): RunConfig {
  const durationNs = runDurationNs(profile);
  const arrival = arrivalOf(profile.arrival, profile.rate ?? 0, durationNs);
  const peak = ratePeakPerSecond(arrival.shape);
  const sctp = sctpConfigOf(profile.sctp, {
    streams: profile.streams,
    bundle: profile.bundle,
    timeoutNs: profile.timeout,
    connectTimeoutNs: profile.connectTimeout,
  });
  return deepFreeze({
    targets: profile.target,
    arrival,
    ratePeakPerSecond: peak,
    durationNs,
    distribution: profile.distribution,
    rerouteAfterNs: profile.rerouteAfter,
    scenario: profile.scenario,
    holdNs: profile.hold,
    workers: profile.workers,
    timeoutNs: profile.timeout,
    connectTimeoutNs: profile.connectTimeout,
    intervalNs: profile.interval,
    tickNs: profile.tick,
    bundle: profile.bundle,
    objectiveNs: profile.objective ?? null,
    outageThresholdNs: profile.outageThreshold ?? null,
    retransmitAfterNs: profile.retransmitAfter,
    retransmitMax: profile.retransmitMax,
    checkShare: profile.checkShare,
    audit: profile.audit,
    paddingBytes: profile.padding,
    seed: profile.seed ?? seedDefault,
    carrier: profile.carrier,
    local: profile.local ?? null,
    listenForPeer: profile.listenForPeer,
    associationsPerTarget: profile.associations ?? profile.workers,
    addressing: addressingOf({
      ...profile,
      serviceKey: profile.serviceKey ?? SERVICE_KEY[profile.scenario],
    }),
    sctp,
    sctpTimeToDeathMs: timeToDeathMs(sctp, sctp.associationMaxRetransmissions),
    slabSlotsPerWorker: slabSlots({
      ratePeakPerSecond: peak,
      workers: profile.workers,
      timeoutNs: profile.timeout,
      holdNs: profile.scenario === 'call' ? profile.hold : null,
    }),
    cpus: profile.cpu ?? [],
    busyPollNs: profile.busyPoll,
    cpuLatencyNs: profile.cpuLatency,
    failIf: profile.failIf,
    files: {
      partBytes: profile.rotateSize,
      partNs: profile.rotateEvery,
      keepBytes: profile.keep,
    },
    outDir: profile.out ?? null,
  });
}

/** What a responder with the default settings charges per request and per call. */
const SERVICE_KEY = { probe: 1, call: 2 } as const;

type AddressingKeys = Pick<
  RespondProfile,
  | 'role'
  | 'trafficMode'
  | 'rc'
  | 'na'
  | 'opc'
  | 'dpc'
  | 'ni'
  | 'ssn'
  | 'callingGt'
  | 'calledGt'
  | 'serviceKey'
  | 'msisdnRange'
  | 'imsiRange'
>;

export function addressingOf(profile: AddressingKeys): AddressingConfig {
  return {
    role: profile.role,
    trafficMode: profile.trafficMode,
    routingContext: profile.rc,
    networkAppearance: profile.na,
    opc: profile.opc,
    dpc: profile.dpc,
    networkIndicator: profile.ni,
    ssn: profile.ssn,
    callingGt: profile.callingGt,
    calledGt: profile.calledGt,
    serviceKey: profile.serviceKey,
    msisdnRange: profile.msisdnRange,
    imsiRange: profile.imsiRange,
  };
}

/** Freezes plain objects and arrays all the way down, and returns the same object. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

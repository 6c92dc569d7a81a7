import { z } from 'zod';
import { ValueError } from './errors.js';
import { bytes, count, durationNs, durationNsOrOff, expected } from './fields.js';
import { LIMITS } from './limits.js';
import { parseDurationNs } from './quantities.js';

/** Retransmission time-outs of SCTP, ms (RFC 9260 §6.3). */
export interface RtoLimits {
  readonly rtoInitialMs: number;
  readonly rtoMinMs: number;
  readonly rtoMaxMs: number;
}

/** SCTP options in base units; the shape that the binding takes. */
export interface SctpConfig extends RtoLimits {
  readonly sackDelayMs: number;
  readonly sackFrequency: number;
  /** 0 turns HEARTBEATs off. */
  readonly heartbeatIntervalMs: number;
  readonly pathMaxRetransmissions: number;
  readonly associationMaxRetransmissions: number;
  readonly initMaxAttempts: number;
  readonly outboundStreams: number;
  readonly inboundStreamsMax: number;
  readonly sendBufferBytes: number;
  readonly receiveBufferBytes: number;
  readonly bundling: 'off' | 'auto';
}

/** RFC 9260 §16, for `rto: rfc`. */
const RFC_RTO: RtoLimits = { rtoInitialMs: 1000, rtoMinMs: 1000, rtoMaxMs: 60_000 };
const RFC_ASSOCIATION_MAX_RETRANS = 10;

const rtoForm = z.strictObject({
  initial: durationNs({ min: '1ms' }).prefault('200ms').describe('RTO.Initial'),
  min: durationNs({ min: '1ms' }).prefault('50ms').describe('RTO.Min'),
  max: durationNs({ min: '1ms' })
    .prefault('200ms')
    .describe('RTO.Max: longest wait from one retransmission to the next'),
});

const rtoText = z.string().transform((input, context): RtoLimits => {
  try {
    return parseRto(input);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    context.addIssue({ code: 'custom', message: error.message, input });
    return z.NEVER;
  }
});

const retransmissions = () => count(0, 65_535);
const buffer = () => bytes(16 * 1024, 1024 ** 3);

/** The `sctp` key of profiles. */
export const sctpForm = z.strictObject(
  {
    rto: z
      .union([rtoText, rtoForm.transform((form) => toLimits(form.initial, form.min, form.max))], {
        error: expected('rfc, INITIAL/MIN/MAX, or a mapping with initial, min and max'),
      })
      .prefault({})
      .describe('retransmission time-outs: initial, min and max, or INITIAL/MIN/MAX, or rfc (1s/1s/60s)'),
    sackDelay: durationNs()
      .prefault('10ms')
      .describe('longest wait before received data is acknowledged (at most 500ms)'),
    sackFrequency: count(1, 1000)
      .prefault(2)
      .describe('packets after which received data is acknowledged at once'),
    heartbeat: durationNsOrOff({ min: '10ms' })
      .prefault('5s')
      .describe('time between HEARTBEATs on an idle path, or OFF'),
    pathMaxRetransmissions: retransmissions()
      .optional()
      .describe('Path.Max.Retrans; by default as many as the association'),
    associationMaxRetransmissions: retransmissions()
      .optional()
      .describe(
        'Association.Max.Retrans; by default so many that an association outlives two request time-outs',
      ),
    initMaxAttempts: retransmissions()
      .optional()
      .describe('Max.Init.Retransmits; by default enough for the connect time-out'),
    inboundStreamsMax: count(1, LIMITS.streamsMax.value)
      .prefault(64)
      .describe('most streams that the peer may open'),
    sendBuffer: buffer()
      .prefault('4MB')
      .describe('bytes that wait in SCTP for acknowledgement; the rest waits in the worker'),
    receiveBuffer: buffer()
      .prefault('4MB')
      .describe('bytes received and not yet read; decides the window offered to the peer'),
  },
  { error: expected('a mapping of SCTP options') },
);

export type SctpForm = z.output<typeof sctpForm>;

/** What the defaults of the SCTP options follow from. */
export interface SctpFacts {
  readonly streams: number;
  readonly bundle: 'off' | 'tick' | 'auto';
  readonly timeoutNs: number;
  readonly connectTimeoutNs: number;
}

/** The form in base units, with the retransmission limits filled in. */
export function sctpConfigOf(form: SctpForm, facts: SctpFacts): SctpConfig {
  const rto = form.rto;
  const heartbeatIntervalMs = (form.heartbeat ?? 0) / 1e6;
  const asRfc = rto.rtoMinMs === RFC_RTO.rtoMinMs && rto.rtoMaxMs === RFC_RTO.rtoMaxMs;
  const association =
    form.associationMaxRetransmissions ??
    (asRfc
      ? RFC_ASSOCIATION_MAX_RETRANS
      : retransmissionsToOutlive(rto, (2 * facts.timeoutNs) / 1e6, heartbeatIntervalMs));
  return Object.freeze({
    ...rto,
    sackDelayMs: form.sackDelay / 1e6,
    sackFrequency: form.sackFrequency,
    heartbeatIntervalMs,
    // NOTE: deviates from RFC 9260 §16 (Path.Max.Retrans 5) because a single path marked inactive keeps the user-space engine from
    // sending what is queued although the association still lives.
    pathMaxRetransmissions: form.pathMaxRetransmissions ?? association,
    associationMaxRetransmissions: association,
    initMaxAttempts:
      form.initMaxAttempts ?? Math.max(8, Math.ceil(facts.connectTimeoutNs / 1e6 / rto.rtoInitialMs) + 1),
    outboundStreams: facts.streams,
    inboundStreamsMax: form.inboundStreamsMax,
    sendBufferBytes: form.sendBuffer,
    receiveBufferBytes: form.receiveBuffer,
    bundling: facts.bundle === 'off' ? 'off' : 'auto',
  });
}

/**
 * Time from the first transmission of a chunk that is never acknowledged until the association is given up: the sum of the
 * doubling time-outs up to the first beyond Association.Max.Retrans (RFC 9260 §6.3.3, §8.1), from the smallest RTO on, so never later than in truth.
 */
export function timeToDeathMs(rto: RtoLimits, associationMaxRetransmissions: number): number {
  let totalMs = 0;
  let rtoMs = rto.rtoMinMs;
  for (let timeouts = 0; timeouts <= associationMaxRetransmissions; timeouts++) {
    totalMs += rtoMs;
    rtoMs = Math.min(rto.rtoMaxMs, rtoMs * 2);
  }
  return totalMs;
}

/**
 * Smallest Association.Max.Retrans with which an association outlives `lifetimeMs` of silence. Unanswered HEARTBEATs count against the same
 * limit (RFC 9260 §8.3), so their number within the lifetime is added.
 */
export function retransmissionsToOutlive(
  rto: RtoLimits,
  lifetimeMs: number,
  heartbeatIntervalMs: number,
): number {
  let totalMs = 0;
  let rtoMs = rto.rtoMinMs;
  let timeouts = 0;
  while (totalMs < lifetimeMs && rtoMs < rto.rtoMaxMs) {
    totalMs += rtoMs;
    rtoMs = Math.min(rto.rtoMaxMs, rtoMs * 2);
    timeouts++;
  }
  timeouts += Math.max(0, Math.ceil((lifetimeMs - totalMs) / rto.rtoMaxMs));
  const heartbeats = heartbeatIntervalMs === 0 ? 0 : Math.ceil(lifetimeMs / heartbeatIntervalMs);
  return Math.min(65_535, timeouts + heartbeats);
}

/**
 * `rfc`, or INITIAL/MIN/MAX such as `200ms/50ms/200ms`.
 * @throws ValueError
 */
export function parseRto(input: string): RtoLimits {
  if (input.trim().toLowerCase() === 'rfc') return RFC_RTO;
  const parts = input.split('/');
  if (parts.length !== 3)
    throw new ValueError(`expected rfc or INITIAL/MIN/MAX such as 200ms/50ms/200ms, got '${input}'`);
  const [initial, min, max] = parts.map((part) => parseDurationNs(part));
  return toLimits(initial!, min!, max!);
}

function toLimits(initialNs: number, minNs: number, maxNs: number): RtoLimits {
  return { rtoInitialMs: initialNs / 1e6, rtoMinMs: minNs / 1e6, rtoMaxMs: maxNs / 1e6 };
}

import type { RunConfig } from '../../config/run-config.js';
import type { RunSummary } from '../../measure/summary.js';

/** Settings that a reader of the result needs to judge it, by profile key. */
export function settingsOf(config: RunConfig): RunSummary['run']['settings'] {
  const { sctp, addressing } = config;
  const ms = (ns: number | null): number | null => (ns === null ? null : ns / 1e6);
  return {
    ratePeakPerSecond: config.ratePeakPerSecond,
    distribution: config.distribution,
    timeoutMs: config.timeoutNs / 1e6,
    intervalMs: config.intervalNs / 1e6,
    tickMs: ms(config.tickNs),
    cpuLatencyMs: ms(config.cpuLatencyNs),
    bundle: config.bundle,
    associationsPerTarget: config.associationsPerTarget,
    retransmitAfterMs: ms(config.retransmitAfterNs),
    rerouteAfterMs: ms(config.rerouteAfterNs),
    holdMs: config.scenario === 'call' ? ms(config.holdNs) : null,
    checkShare: config.checkShare,
    paddingBytes: config.paddingBytes,
    queueMaxPerWorker: config.slabSlotsPerWorker,
    role: addressing.role,
    routingContext: addressing.routingContext,
    serviceKey: addressing.serviceKey,
    rtoInitialMs: sctp.rtoInitialMs,
    rtoMinMs: sctp.rtoMinMs,
    rtoMaxMs: sctp.rtoMaxMs,
    sackDelayMs: sctp.sackDelayMs,
    associationMaxRetransmissions: sctp.associationMaxRetransmissions,
    sctpTimeToDeathMs: Math.round(config.sctpTimeToDeathMs),
  };
}

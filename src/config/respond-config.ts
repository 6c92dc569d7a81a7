import { type ClusterConfig, clusterConfigOf, type Durability, durabilityOf } from './cluster-config.js';
import type { Endpoint } from './endpoint.js';
import type { RespondProfile } from './profile-schema.js';
import { type AddressingConfig, addressingOf, deepFreeze } from './run-config.js';
import { type SctpConfig, sctpConfigOf, timeToDeathMs } from './sctp.js';
import type { ServiceTime } from './service-time.js';

/** A validated responder, frozen, every default filled in. */
export interface RespondConfig {
  /** Null when this side only opens associations. */
  readonly listen: Endpoint | null;
  /** Peers that this side opens associations to. */
  readonly targets: readonly Endpoint[];
  readonly local: Endpoint | null;
  readonly listenForPeer: boolean;
  readonly carrier: 'auto' | 'udp' | 'raw' | 'kernel';
  readonly bundle: 'off' | 'tick' | 'auto';
  readonly intervalNs: number;
  readonly connectTimeoutNs: number;
  readonly addressing: AddressingConfig;
  readonly sctp: SctpConfig;
  /** How long an association outlives a peer that acknowledges nothing. */
  readonly sctpTimeToDeathMs: number;
  readonly serviceTime: ServiceTime;
  readonly serviceServers: number;
  readonly serviceQueueMax: number;
  readonly writePerRequestBytes: number;
  /** Where the bytes of `writePerRequestBytes` go; null: a temporary folder. */
  readonly dataDir: string | null;
  /** Folder of ledger and journal; null: nothing is kept. */
  readonly data: string | null;
  /** Charging records that stay in the journal, Infinity: all. */
  readonly keepRecords: number;
  readonly durability: Durability;
  /** Null: a responder without peer. */
  readonly cluster: ClusterConfig | null;
  readonly subscribers: number;
  /** Units of credit of every subscriber at the start. */
  readonly balanceUnits: number;
  /** Units for a probe request, and for each second of a call. */
  readonly chargeUnits: number;
  readonly rememberedAnswersMax: number;
  readonly dialogueIdleNs: number;
  /** Serving threads; more than one only with a ledger. */
  readonly workers: number;
  readonly cpus: readonly number[];
  readonly busyPollNs: number | null;
  /** Null: as the machine is set. */
  readonly cpuLatencyNs: number | null;
  readonly seed: number;
  readonly outDir: string | null;
}

/** A profile that keeps the rules, in base units. */
export function respondConfigOf(profile: RespondProfile, seedDefault: number): RespondConfig {
  const sctp = sctpConfigOf(profile.sctp, {
    streams: profile.streams,
    bundle: profile.bundle,
    timeoutNs: profile.timeout,
    connectTimeoutNs: profile.connectTimeout,
  });
  return deepFreeze({
    listen: profile.listen ?? null,
    targets: profile.target,
    local: profile.local ?? null,
    listenForPeer: profile.listenForPeer,
    carrier: profile.carrier,
    bundle: profile.bundle,
    intervalNs: profile.interval,
    connectTimeoutNs: profile.connectTimeout,
    addressing: addressingOf(profile),
    sctp,
    sctpTimeToDeathMs: timeToDeathMs(sctp, sctp.associationMaxRetransmissions),
    serviceTime: profile.serviceTime,
    serviceServers: profile.serviceServers,
    serviceQueueMax: profile.serviceQueue,
    writePerRequestBytes: profile.writePerRequest,
    dataDir: profile.dataDir ?? profile.data ?? null,
    data: profile.data ?? null,
    keepRecords: profile.keepRecords,
    durability: durabilityOf(profile),
    cluster: clusterConfigOf(profile),
    subscribers: profile.subscribers ?? profile.msisdnRange.count,
    balanceUnits: profile.balance,
    chargeUnits: profile.charge,
    rememberedAnswersMax: profile.rememberAnswers,
    dialogueIdleNs: profile.dialogueIdle,
    workers: profile.workers,
    cpus: profile.cpu ?? [],
    busyPollNs: profile.busyPoll,
    cpuLatencyNs: profile.cpuLatency,
    seed: profile.seed ?? seedDefault,
    outDir: profile.out ?? null,
  });
}

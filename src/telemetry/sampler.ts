import type { HostFigures } from './sample.js';

/** Whose clock a stamp was read from, and how far it stands from this host's. */
export interface StampClock {
  /** `this host`, or the remote host's name. */
  readonly of: string;
  /** Remote clock less this host's, ms; 0 for this host; null when it could not be told. */
  readonly offsetMs: number | null;
  /** The true offset lies within +- this. */
  readonly offsetErrorMs: number | null;
}

/** Figures of one host over one interval that ended at `at`. */
export interface HostSample {
  readonly kind: 'sample';
  readonly host: string;
  /** What was read: `proc`, `sar`, `iostat`, ... */
  readonly source: string;
  /** End of the interval by this host's clock, ISO 8601 UTC. */
  readonly at: string;
  /** The stamp that the source printed, as it printed it; null without one. */
  readonly sourceStamp: string | null;
  readonly clock: StampClock;
  readonly intervalSeconds: number;
  readonly figures: HostFigures;
}

/** A sampler gives no more figures, or none for now. Reported, never fatal: traffic results do not hang on it. */
export interface SamplerLost {
  readonly kind: 'lost';
  readonly host: string;
  readonly source: string;
  readonly at: string;
  readonly reason: string;
  /** It tries again by itself. */
  readonly retrying: boolean;
}

export type TelemetryEvent = HostSample | SamplerLost;

/** Something that samples one host until it is stopped. */
export interface Sampler {
  readonly host: string;
  readonly source: string;
  /** Resolves when everything it started has ended. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/** Where samplers hand their events; called from the event loop, must not throw. */
export type TelemetrySink = (event: TelemetryEvent) => void;

/** ISO stamp of this host's clock, now. */
export function stampNow(): string {
  return new Date().toISOString();
}

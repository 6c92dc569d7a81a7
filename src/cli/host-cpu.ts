import { startLocalSampler } from '../telemetry/local-sampler.js';
import { startRemoteProcSampler } from '../telemetry/remote-proc-sampler.js';
import type { Sampler, TelemetryEvent } from '../telemetry/sampler.js';
import { parseHost } from '../telemetry/ssh.js';
import { UserError } from './io.js';

const INTERVAL_MS_MIN = 50;
/** Stamps are of whole milliseconds, and timers come a little late. */
const TOLERANCE_MS = 20;

/** Records the CPU utilisation of one host, a sample an interval. */
export class HostCpu {
  readonly #sampler: Sampler;
  readonly #intervalMs: number;
  readonly #samples: { readonly endedAtMs: number; readonly percent: number }[] = [];
  /** Why samples are missing; null when none are. */
  trouble: string | null = null;

  /** @param host `local` or an ssh host. @throws UserError for a host of another form. */
  constructor(host: string, intervalMs: number) {
    const every = Math.max(INTERVAL_MS_MIN, intervalMs);
    this.#intervalMs = every;
    const sink = (event: TelemetryEvent): void => {
      if (event.kind === 'lost') this.trouble = `${event.host}: ${event.reason}`;
      else if (event.figures.cpuPercent !== null) {
        this.#samples.push({ endedAtMs: Date.parse(event.at), percent: event.figures.cpuPercent });
      }
    };
    if (host === 'local') {
      this.#sampler = startLocalSampler(every, sink);
      return;
    }
    const parsed = parseHost(host);
    if (parsed === null) throw new UserError(`monitor: expected local or USER@HOST, got '${host}'`);
    this.#sampler = startRemoteProcSampler({ host: parsed, intervalMs: every, sink });
  }

  /** Ends the sampling. */
  stop(): Promise<void> {
    return this.#sampler.stop();
  }

  /** Samples in time order, per cent, of intervals that lie within a stretch of this host's time (Unix ms). */
  within(fromMs: number, toMs: number): readonly number[] {
    const lengthMs = this.#intervalMs;
    return this.#samples
      .filter(
        ({ endedAtMs }) => endedAtMs - lengthMs >= fromMs - TOLERANCE_MS && endedAtMs <= toMs + TOLERANCE_MS,
      )
      .map(({ percent }) => percent);
  }
}

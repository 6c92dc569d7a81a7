import { startLocalSampler } from '../telemetry/local-sampler.js';
import { startRemoteProcSampler } from '../telemetry/remote-proc-sampler.js';
import type { HostFigures } from '../telemetry/sample.js';
import type { HostSample, Sampler, StampClock, TelemetryEvent } from '../telemetry/sampler.js';
import { parseHost } from '../telemetry/ssh.js';
import type { Period } from './orchestrate-cut.js';
import type { HostMetric, HostPhases, PhaseFigures } from './orchestrate-report.js';

const SAMPLE_MS = 500;
/** Samples kept of each host: half an hour. */
const SAMPLES_MAX = 3_600;

/** `local` or `ssh://USER@HOST` of each side of the migration. */
export interface MigrationHosts {
  readonly source: string;
  readonly destination: string;
  /** The VM itself, where it can be asked. */
  readonly guest?: string | undefined;
}

/** Samples the hosts of a series; a host that is both sides is sampled once. Losing a sampler is a note, never a fault. */
export class HostWatch {
  readonly notes: string[] = [];
  private readonly samplers: Sampler[] = [];
  private readonly samples = new Map<string, HostSample[]>();

  /** @throws ValueError when a host is neither `local` nor `ssh://...` */
  constructor(hosts: MigrationHosts, env: NodeJS.ProcessEnv) {
    const names = [hosts.source, hosts.destination, ...(hosts.guest === undefined ? [] : [hosts.guest])];
    for (const name of new Set(names)) {
      const kept: HostSample[] = [];
      this.samples.set(name, kept);
      const sink = (event: TelemetryEvent): void => this.take(name, kept, event);
      const host = parseHost(name);
      this.samplers.push(
        host === null
          ? startLocalSampler(SAMPLE_MS, sink)
          : startRemoteProcSampler({ host, intervalMs: SAMPLE_MS, env, sink }),
      );
    }
  }

  /** Figures of a host before, during and after a migration. */
  phases(host: string, before: Period, during: Period, after: Period): HostPhases {
    const samples = this.samples.get(host) ?? [];
    return phasesOf(samples, before, during, after);
  }

  /** How far the clocks of remote hosts stand from this one, by the last answer of each. */
  clocks(): StampClock[] {
    return [...this.samples.values()]
      .flatMap((kept) => kept.at(-1)?.clock ?? [])
      .filter((clock) => clock.of !== 'this host');
  }

  async stop(): Promise<void> {
    await Promise.all(this.samplers.map((sampler) => sampler.stop()));
  }

  private take(host: string, kept: HostSample[], event: TelemetryEvent): void {
    if (event.kind === 'lost') {
      this.notes.push(`${host}: ${event.source}: ${event.reason}`);
      return;
    }
    kept.push(event);
    if (kept.length > SAMPLES_MAX) kept.splice(0, SAMPLES_MAX / 2);
  }
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);

const METRICS: Readonly<Record<HostMetric, (figures: HostFigures) => number | null>> = {
  cpu: (figures) => figures.cpuPercent,
  memory: (figures) => figures.memoryUsedPercent,
  memoryMb: (figures) => figures.memoryUsedMb,
  disk: (figures) => figures.diskWriteKbPerSecond,
  network: (figures) => sum(figures.networkReceivedBytesPerSecond, figures.networkSentBytesPerSecond),
};

/** Mean of each metric over the samples that lie in each period, and the largest one during the migration. */
export function phasesOf(
  samples: readonly HostSample[],
  before: Period,
  during: Period,
  after: Period,
): HostPhases {
  const entries = Object.entries(METRICS).map(([metric, read]) => {
    const values = (period: Period): number[] =>
      samples
        .filter((sample) => within(sample, period))
        .map((sample) => read(sample.figures))
        .filter((value) => value !== null);
    const mean = (list: readonly number[]): number | null =>
      list.length === 0 ? null : list.reduce((total, value) => total + value, 0) / list.length;
    const whileMigrating = values(during);
    const figures: PhaseFigures = {
      before: mean(values(before)),
      peak: whileMigrating.length === 0 ? null : Math.max(...whileMigrating),
      during: mean(whileMigrating),
      after: mean(values(after)),
    };
    return [metric, figures] as const;
  });
  return Object.fromEntries(entries) as HostPhases;
}

/** A sample belongs to the period in which the middle of its interval lies. */
function within({ at, intervalSeconds }: HostSample, { fromMs, toMs }: Period): boolean {
  const middle = Date.parse(at) - intervalSeconds * 500;
  return middle >= fromMs && middle < toMs;
}

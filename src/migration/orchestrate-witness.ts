import type { ReachabilityGap } from '../telemetry/reachability/gaps.js';
import { type Probe, startProbe } from '../telemetry/reachability/probe.js';
import type { ReachabilitySpec } from '../telemetry/reachability/spec.js';
import type { Period } from './orchestrate-cut.js';

/** Gaps kept; a host that answers every other question must not fill memory. */
const GAPS_MAX = 10_000;

/** The independent probe beside a series of migrations. Its loss is reported, never fatal. */
export class Witness {
  readonly spacingMs: number;
  /** Why it saw nothing more; null while it runs. */
  fault: string | null = null;
  private readonly gaps: ReachabilityGap[] = [];
  private readonly probe: Probe;

  /** @param host of the migrated target, for a spec that names none. @param env PATH decides which program runs */
  constructor(spec: ReachabilitySpec, host: string, env: NodeJS.ProcessEnv) {
    this.spacingMs = spec.spacingMs;
    this.probe = startProbe(spec, host, env, {
      gap: (gap) => {
        this.gaps.push(gap);
        if (this.gaps.length > GAPS_MAX) this.gaps.splice(0, GAPS_MAX / 2);
      },
      fault: (reason) => {
        this.fault ??= `the probe saw nothing more: ${reason}`;
      },
    });
  }

  /** The longest gap that overlaps a period; null when there was none above the probe's own threshold, or the probe has ended. */
  longestGap({ fromMs, toMs }: Period): ReachabilityGap | null {
    return this.gaps
      .filter((gap) => gap.fromUnixMs <= toMs && gap.toUnixMs >= fromMs)
      .reduce<ReachabilityGap | null>((most, gap) => (most === null || gap.ms > most.ms ? gap : most), null);
  }

  stop(): Promise<void> {
    return this.probe.stop();
  }
}

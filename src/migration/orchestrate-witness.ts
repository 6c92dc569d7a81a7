import { type ChildLines, startChildLines } from '../telemetry/child-lines.js';
import type { Period } from './orchestrate-cut.js';

/** A program that asks the migrated host something every so often and prints the gaps between its answers; see lab/guest/echo-probe.c. */
export interface WitnessSpec {
  readonly command: readonly [string, ...string[]];
  /** Time between two of its questions, ms. */
  readonly spacingMs: number;
}

export interface WitnessGap {
  readonly fromUnixMs: number;
  readonly toUnixMs: number;
  readonly ms: number;
}

/** The independent probe beside a series of migrations. Its loss is reported, never fatal. */
export class Witness {
  readonly spacingMs: number;
  /** Why it saw nothing more; null while it runs. */
  fault: string | null = null;
  private readonly gaps: WitnessGap[] = [];
  private readonly child: ChildLines;

  /** @param env environment of the program; PATH decides which one runs */
  constructor({ command, spacingMs }: WitnessSpec, env: NodeJS.ProcessEnv) {
    this.spacingMs = spacingMs;
    this.child = startChildLines(command, env, {
      line: (text) => this.line(text),
      ended: (reason) => {
        this.fault = `the probe saw nothing more: ${reason}`;
      },
    });
  }

  /** The longest gap that overlaps a period; null when there was none above the probe's own threshold, or the probe has ended. */
  longestGap({ fromMs, toMs }: Period): WitnessGap | null {
    return this.gaps
      .filter((gap) => gap.fromUnixMs <= toMs && gap.toUnixMs >= fromMs)
      .reduce<WitnessGap | null>((most, gap) => (most === null || gap.ms > most.ms ? gap : most), null);
  }

  stop(): Promise<void> {
    return this.child.stop();
  }

  private line(text: string): void {
    const gap = readGap(text);
    if (gap !== null) this.gaps.push(gap);
  }
}

/** `{"gap":{"fromUnixMs":F,"toUnixMs":T,...}}`; null for any other line. */
export function readGap(line: string): WitnessGap | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const gap = (value as { readonly gap?: Partial<WitnessGap> } | null)?.gap;
  const { fromUnixMs, toUnixMs } = gap ?? {};
  if (typeof fromUnixMs !== 'number' || typeof toUnixMs !== 'number' || toUnixMs < fromUnixMs) return null;
  return { fromUnixMs, toUnixMs, ms: gap?.ms ?? toUnixMs - fromUnixMs };
}

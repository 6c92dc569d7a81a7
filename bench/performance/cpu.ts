import { readdirSync, readFileSync } from 'node:fs';

/** CPU time that all live threads of a process have used so far, ns; null when the process is gone. */
export function processCpuNs(pid: number): number | null {
  try {
    let sum = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [ranNs] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
      sum += Number(ranNs);
    }
    return sum;
  } catch {
    return null;
  }
}

interface Sample {
  readonly atUnixMs: number;
  readonly cpuNs: number;
}

/** Rarely: a reading takes a millisecond of a core that one of the measured programs is on, and would be the tail of its latencies. */
const SAMPLE_MS = 500;

/** Samples the CPU time of a process, so that afterwards the share within any span can be asked for. */
export class CpuMeter {
  readonly #samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    const sample = (): void => {
      const cpuNs = processCpuNs(pid);
      if (cpuNs !== null) this.#samples.push({ atUnixMs: Date.now(), cpuNs });
    };
    sample();
    this.#timer = setInterval(sample, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Share of one core between two Unix times in ms, 1 being a whole core; null when fewer than two samples fall into the span. */
  share(fromUnixMs: number, toUnixMs: number): number | null {
    const inside = this.#samples.filter(({ atUnixMs }) => atUnixMs >= fromUnixMs && atUnixMs <= toUnixMs);
    const first = inside[0];
    const last = inside.at(-1);
    if (first === undefined || last === undefined || last.atUnixMs === first.atUnixMs) return null;
    return (last.cpuNs - first.cpuNs) / 1e6 / (last.atUnixMs - first.atUnixMs);
  }
}

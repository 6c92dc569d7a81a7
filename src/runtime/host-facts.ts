import { readFileSync } from 'node:fs';
import { cpus, hostname, release, totalmem } from 'node:os';
import type { RunFacts } from '../measure/summary.js';

/** The machine as a result names it. */
export function hostFacts(): RunFacts['host'] {
  const processors = cpus();
  return {
    name: hostname(),
    kernel: release(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryMb: Math.round(totalmem() / 1_048_576),
    node: process.versions.node,
  };
}

/** Ticks of all CPUs since boot, from `/proc/stat`. */
export interface CpuTicks {
  readonly total: number;
  readonly steal: number;
  readonly idle: number;
}

/** @returns null where `/proc/stat` is not there. */
export function readCpuTicks(): CpuTicks | null {
  let text: string;
  try {
    text = readFileSync('/proc/stat', 'utf8');
  } catch {
    return null;
  }
  const fields = /^cpu +(.+)$/m.exec(text)?.[1]?.split(' ').map(Number);
  if (fields === undefined) return null;
  // user nice system idle iowait irq softirq steal; guest times are already part of user and nice.
  const total = fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0);
  return { total, steal: fields[7] ?? 0, idle: (fields[3] ?? 0) + (fields[4] ?? 0) };
}

/** Share of the host's CPU time that was not idle between two readings, in percent. */
export function busyPercent(before: CpuTicks | null, after: CpuTicks | null): number | null {
  if (before === null || after === null || after.total <= before.total) return null;
  return (1 - (after.idle - before.idle) / (after.total - before.total)) * 100;
}

/** Share of the host's CPU time that the hypervisor gave to others between two readings, in percent. */
export function stealPercent(before: CpuTicks | null, after: CpuTicks | null): number | null {
  if (before === null || after === null || after.total <= before.total) return null;
  return ((after.steal - before.steal) / (after.total - before.total)) * 100;
}

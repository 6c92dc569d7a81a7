import { busyPercent, type CpuFields, decimal, type HostFigures } from '../sample.js';
import { isWholeDisk } from './disk-names.js';

/** Counters of a Linux host at one moment, from `/proc`; null where a file was missing or broken. */
export interface ProcSnapshot {
  /** Ticks since boot per kind of time; `idle` beside the papers' fields. */
  readonly cpuTicks: (CpuFields & { readonly idle: number }) | null;
  readonly memoryTotalKb: number | null;
  readonly memoryAvailableKb: number | null;
  /** Sectors of 512 bytes, all whole disks. */
  readonly sectorsWritten: number | null;
  readonly sectorsRead: number | null;
  readonly networkReceivedBytes: number | null;
  readonly networkSentBytes: number | null;
}

/** Interfaces inside the host: what passes them also passes a real one, or never leaves. */
const VIRTUAL_INTERFACE = /^(lo$|veth|docker|br-|virbr|vnet|tap|tun|ifb|dummy|bond\d+\.|wg|cni|flannel|cali)/;

const numbers = (words: readonly string[]): (number | null)[] => words.map(decimal);

/**
 * `/proc/stat`, first line. `system` holds interrupt time as in `sar -u`; guest time is part of user time.
 */
export function parseProcStat(text: string): ProcSnapshot['cpuTicks'] {
  const line = /^cpu\s+(.*)$/m.exec(text);
  if (line === null) return null;
  const [user, nice, system, idle, iowait, irq, softirq, steal] = numbers(line[1]!.trim().split(/\s+/));
  if (user == null || nice == null || system == null || idle == null) return null;
  return {
    user,
    nice,
    system: system + (irq ?? 0) + (softirq ?? 0),
    iowait: iowait ?? 0,
    steal: steal ?? 0,
    idle,
  };
}

/** `/proc/meminfo`: a value in KB, null when the line is missing. */
export function parseMeminfo(text: string, name: string): number | null {
  const line = text.split('\n').find((one) => one.startsWith(`${name}:`));
  return decimal(
    line
      ?.slice(name.length + 1)
      .trim()
      .split(/\s+/)[0],
  );
}

/** `/proc/diskstats`: sectors read and written by whole disks; null when no line makes sense. */
export function parseDiskstats(text: string): { readonly read: number; readonly written: number } | null {
  let found = false;
  let [read, written] = [0, 0];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [sectorsRead, sectorsWritten] = [decimal(words[5]), decimal(words[9])];
    if (words[2] === undefined || sectorsRead === null || sectorsWritten === null) continue;
    found = true;
    if (!isWholeDisk(words[2])) continue;
    read += sectorsRead;
    written += sectorsWritten;
  }
  return found ? { read, written } : null;
}

/** `/proc/net/dev`: bytes received and sent per interface. */
export function parseNetDev(
  text: string,
): ReadonlyMap<string, { readonly received: number; readonly sent: number }> {
  const found = new Map<string, { received: number; sent: number }>();
  for (const line of text.split('\n')) {
    const match = /^\s*([^\s:]+):\s*(.*)$/.exec(line);
    if (match === null) continue;
    const words = match[2]!.trim().split(/\s+/);
    const [received, sent] = [decimal(words[0]), decimal(words[8])];
    if (received !== null && sent !== null) found.set(match[1]!, { received, sent });
  }
  return found;
}

/** Texts of the files that {@link procSnapshot} reads; an empty text for a file that could not be read. */
export interface ProcTexts {
  readonly stat: string;
  readonly meminfo: string;
  readonly diskstats: string;
  readonly netDev: string;
}

/** Counters of one moment out of the files' texts. */
export function procSnapshot(texts: ProcTexts): ProcSnapshot {
  const disks = parseDiskstats(texts.diskstats);
  const outside = [...parseNetDev(texts.netDev)].filter(([name]) => !VIRTUAL_INTERFACE.test(name));
  const sum = (pick: 'received' | 'sent'): number | null =>
    outside.length === 0 ? null : outside.reduce((total, [, bytes]) => total + bytes[pick], 0);
  return {
    cpuTicks: parseProcStat(texts.stat),
    memoryTotalKb: parseMeminfo(texts.meminfo, 'MemTotal'),
    memoryAvailableKb: parseMeminfo(texts.meminfo, 'MemAvailable'),
    sectorsRead: disks?.read ?? null,
    sectorsWritten: disks?.written ?? null,
    networkReceivedBytes: sum('received'),
    networkSentBytes: sum('sent'),
  };
}

/** Shares of the time between two snapshots, per cent of all cores; null when the counters did not move forward. */
function cpuBetween(before: ProcSnapshot, after: ProcSnapshot): CpuFields | null {
  if (before.cpuTicks === null || after.cpuTicks === null) return null;
  const [then, now] = [before.cpuTicks, after.cpuTicks];
  // The kernel lets iowait and idle fall back by a tick now and then.
  const ticks = (field: keyof typeof now): number => Math.max(0, now[field] - then[field]);
  const total =
    ticks('user') + ticks('nice') + ticks('system') + ticks('iowait') + ticks('steal') + ticks('idle');
  if (total === 0) return null;
  const share = (field: keyof CpuFields): number => (100 * ticks(field)) / total;
  return {
    user: share('user'),
    nice: share('nice'),
    system: share('system'),
    iowait: share('iowait'),
    steal: share('steal'),
  };
}

/** Figures of the time between two snapshots. @param seconds time between them on one clock, > 0. */
export function figuresBetween(before: ProcSnapshot, after: ProcSnapshot, seconds: number): HostFigures {
  const cpu = cpuBetween(before, after);
  // A counter that went backwards was reset (device gone, host restarted): no figure for this interval.
  const rate = (then: number | null, now: number | null, unit: number): number | null =>
    then === null || now === null || now < then || !(seconds > 0) ? null : ((now - then) * unit) / seconds;
  const { memoryTotalKb, memoryAvailableKb } = after;
  const usedKb =
    memoryTotalKb === null || memoryAvailableKb === null ? null : memoryTotalKb - memoryAvailableKb;
  return {
    cpu,
    cpuPercent: cpu && busyPercent(cpu),
    memoryUsedMb: usedKb === null ? null : usedKb / 1024,
    memoryUsedPercent: usedKb === null || !memoryTotalKb ? null : (100 * usedKb) / memoryTotalKb,
    diskWriteKbPerSecond: rate(before.sectorsWritten, after.sectorsWritten, 0.5),
    diskReadKbPerSecond: rate(before.sectorsRead, after.sectorsRead, 0.5),
    networkReceivedBytesPerSecond: rate(before.networkReceivedBytes, after.networkReceivedBytes, 1),
    networkSentBytesPerSecond: rate(before.networkSentBytes, after.networkSentBytes, 1),
  };
}

/** Marks the parts of {@link PROC_COMMAND}'s output. */
const PART = /^== (\S+)(?: (.*))?$/;

/** Shell line that prints what {@link parseProcOutput} reads; needs a POSIX shell, cat and date. */
export const PROC_COMMAND =
  'for f in stat meminfo diskstats net/dev; do echo "== $f"; cat /proc/$f; done; echo "== end $(date +%s%N)"';

/** Output of {@link PROC_COMMAND}: the texts and the host's clock (null where its date has no nanoseconds). Null when parts are missing. */
export function parseProcOutput(
  output: string,
): { readonly texts: ProcTexts; readonly clockMs: number | null } | null {
  const parts = new Map<string, string[]>();
  let current: string[] = [];
  let clockMs: number | null = null;
  for (const line of output.split('\n')) {
    const mark = PART.exec(line);
    if (mark === null) {
      current.push(line);
      continue;
    }
    current = [];
    parts.set(mark[1]!, current);
    // A date without nanoseconds (busybox) prints something else than 19 digits.
    if (mark[1] === 'end' && /^\d{19}$/.test(mark[2] ?? '')) clockMs = Number(mark[2]) / 1e6;
  }
  const text = (name: string): string => parts.get(name)?.join('\n') ?? '';
  if (!parts.has('end') || !parts.has('stat')) return null;
  const texts = {
    stat: text('stat'),
    meminfo: text('meminfo'),
    diskstats: text('diskstats'),
    netDev: text('net/dev'),
  };
  return { texts, clockMs };
}

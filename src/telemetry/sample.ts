/** Figures of a host over one sampling interval; null where the source does not tell. */
export interface HostFigures {
  /** Busy share of all cores, 0..100: the papers' sum %user + %nice + %system + %iowait + %steal. */
  readonly cpuPercent: number | null;
  readonly cpu: CpuFields | null;
  readonly memoryUsedPercent: number | null;
  readonly memoryUsedMb: number | null;
  /** KB of 1 024 bytes, all whole disks together. */
  readonly diskWriteKbPerSecond: number | null;
  readonly diskReadKbPerSecond: number | null;
  readonly networkReceivedBytesPerSecond: number | null;
  readonly networkSentBytesPerSecond: number | null;
}

/** The fields of `sar -u`, per cent. */
export interface CpuFields {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly iowait: number;
  readonly steal: number;
}

/** A source that knows nothing yet. */
export const NO_FIGURES: HostFigures = {
  cpuPercent: null,
  cpu: null,
  memoryUsedPercent: null,
  memoryUsedMb: null,
  diskWriteKbPerSecond: null,
  diskReadKbPerSecond: null,
  networkReceivedBytesPerSecond: null,
  networkSentBytesPerSecond: null,
};

/** The papers' CPU utilisation; fields that were rounded one by one can add up to a hair above 100. */
export function busyPercent(cpu: CpuFields): number {
  return Math.min(100, cpu.user + cpu.nice + cpu.system + cpu.iowait + cpu.steal);
}

/** What a parser made of some lines: figures of one interval and the stamp that the source printed with them, if any. */
export interface Reading {
  readonly stamp: string | null;
  readonly figures: HostFigures;
}

/**
 * Turns a tool's output, line by line, into readings. Never throws: a line that makes no sense is counted and passed over, since a
 * stream that was cut or mixed with a message must not cost the samples after it.
 */
export interface LineParser {
  /** @param line without its line end. @returns the readings that this line completed. */
  readonly push: (line: string) => readonly Reading[];
  /** The tool is quiet until its next interval, or has ended: what is complete by now. */
  readonly flush: () => readonly Reading[];
  /** Lines that were neither data nor anything else the tool is known to print. */
  readonly unknownLines: () => number;
}

/** Longest line that a parser looks at; a stream without line ends must not fill memory. */
export const LINE_CHARS_MAX = 1 << 20;

/** Reads a decimal number with point or comma; null for anything else, also for numbers that make no figure. */
export function decimal(text: string | undefined): number | null {
  if (text === undefined || !/^-?\d{1,18}([.,]\d{1,18})?$/.test(text)) return null;
  return Number(text.replace(',', '.'));
}

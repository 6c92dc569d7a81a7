import type { LineParser } from '../sample.js';
import { pdhParser, scaled } from './pdh-csv.js';

const RULES = {
  hypervisor: /^\\Hyper-V Hypervisor Logical Processor\(_Total\)\\% ?Total Run Time$/i,
  processor: /^\\Processor(?: Information)?\(_Total\)\\% Processor Time$/i,
  memoryUsed: /^\\Memory\\% Committed Bytes In Use$/i,
  writtenBytes: /^\\PhysicalDisk\(_Total\)\\Disk Write Bytes\/sec$/i,
  readBytes: /^\\PhysicalDisk\(_Total\)\\Disk Read Bytes\/sec$/i,
  receivedBytes: /^\\Network (?:Interface|Adapter)\([^)]*\)\\Bytes Received\/sec$/i,
  sentBytes: /^\\Network (?:Interface|Adapter)\([^)]*\)\\Bytes Sent\/sec$/i,
} as const;

/** Counters to ask `typeperf` for, so that {@link typeperfParser} finds all it knows. */
export const TYPEPERF_COUNTERS = [
  '\\Hyper-V Hypervisor Logical Processor(_Total)\\% Total Run Time',
  '\\Memory\\% Committed Bytes In Use',
  '\\PhysicalDisk(_Total)\\Disk Write Bytes/sec',
  '\\PhysicalDisk(_Total)\\Disk Read Bytes/sec',
  '\\Network Interface(*)\\Bytes Received/sec',
  '\\Network Interface(*)\\Bytes Sent/sec',
] as const;

/**
 * Parser of `typeperf COUNTER... -si N` on a Hyper-V host. The CPU is the hypervisor's: the parent partition's own `Processor` counter does not see
 * what guests use, and serves only where the other is missing.
 */
export function typeperfParser(): LineParser {
  return pdhParser(RULES, (values) => ({
    cpuPercent: values.hypervisor ?? values.processor,
    memoryUsedPercent: values.memoryUsed,
    diskWriteKbPerSecond: scaled(values.writtenBytes, 1 / 1024),
    diskReadKbPerSecond: scaled(values.readBytes, 1 / 1024),
    networkReceivedBytesPerSecond: values.receivedBytes,
    networkSentBytesPerSecond: values.sentBytes,
  }));
}

import type { LineParser } from '../sample.js';
import { pdhParser, scaled } from './pdh-csv.js';

const RULES = {
  used: /^\\Physical Cpu\(_Total\)\\% Processor Time$/i,
  busy: /^\\Physical Cpu\(_Total\)\\% Util Time$/i,
  machineMb: /^\\Memory\\Machine MBytes$/i,
  freeMb: /^\\Memory\\Free MBytes$/i,
  writtenMb: /^\\Physical Disk Adapter\([^)]*\)\\MBytes Written\/sec$/i,
  readMb: /^\\Physical Disk Adapter\([^)]*\)\\MBytes Read\/sec$/i,
  // Physical ports only: a packet between two VMs, or through a port to the wire, would count twice.
  receivedMbit: /^\\Network Port\([^)]*vmnic\d+\)\\MBits Received\/sec$/i,
  sentMbit: /^\\Network Port\([^)]*vmnic\d+\)\\MBits Transmitted\/sec$/i,
} as const;

const BYTES_PER_MBIT = 1e6 / 8;

/** Parser of `esxtop -b` (ESXi). CPU is PCPU USED, the figure of vCenter's graphs; PCPU UTIL where that is missing. */
export function esxtopParser(): LineParser {
  return pdhParser(RULES, (values) => {
    const { machineMb, freeMb } = values;
    const usedMb = machineMb === null || freeMb === null ? null : machineMb - freeMb;
    return {
      cpuPercent: values.used ?? values.busy,
      memoryUsedMb: usedMb,
      memoryUsedPercent: usedMb === null || !machineMb ? null : (100 * usedMb) / machineMb,
      diskWriteKbPerSecond: scaled(values.writtenMb, 1024),
      diskReadKbPerSecond: scaled(values.readMb, 1024),
      networkReceivedBytesPerSecond: scaled(values.receivedMbit, BYTES_PER_MBIT),
      networkSentBytesPerSecond: scaled(values.sentMbit, BYTES_PER_MBIT),
    };
  });
}

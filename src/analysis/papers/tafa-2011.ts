import { type DefinitionName, type PublishedFigure, publishedRange } from './published.js';

/** Packet sizes, set by the MTU of the interface; Linux refuses the last one today. */
export const TAFA_2011_PACKET_BYTES = [1500, 1000, 32] as const;

/** Per system: total seconds and downtime ms at each packet size, then CPU and memory before, peak and after at 1 500 bytes. */
// biome-ignore format: a table reads as a table
const ROWS = [
  ['Xen-PV', ['2.66', '3.8', '5.8'], ['4', '7', '11'], ['2.23', '9.63', '2.11'], ['10.6', '10.7', '10.5']],
  ['Xen-HVM', ['4.10', '4.77', '8.52'], ['8', '10', '27'], ['2.66', '10.52', '3.16'], ['11.5', '11.9', '11.5']],
  ['OpenVZ', ['2.06', '2.42', '11.2'], ['3', '4', '56'], ['2.24', '9.67', '2.18'], ['10.8', '10.9', '10.8']],
  ['KVM-FV', ['4.82', '5.6', ''], ['11', '14', ''], ['2.82', '11.64', '2.78'], ['13.8', '15.6', '13.7']],
  ['KVM-PV', ['4.04', '5.1', '25.42'], ['9', '12', '81'], ['2.61', '10.1', '2.86'], ['11.4', '11.9', '11.3']],
] as const;

const PHASES = ['before', 'peak', 'after'] as const;
const MTU_1000_NOTE = 'the paper assumes 500-byte packets for an MTU of 1000';
const MTU_32_NOTE = 'reproduced with an MTU of 68, the smallest that Linux accepts';

function figure(
  quantity: string,
  setup: string,
  condition: string,
  definition: DefinitionName,
  unit: string,
  value: string,
  note?: string,
): PublishedFigure {
  const range = value === '' ? null : publishedRange(value);
  const said = value === '' ? { note: 'did not finish' } : note === undefined ? {} : { note };
  return { source: 'tafa-2011', quantity, setup, condition, definition, unit, value: range, ...said };
}

/** All of the paper's figures, system by system. */
export const TAFA_2011_MIGRATION: readonly PublishedFigure[] = ROWS.flatMap(
  ([setup, totals, downtimes, cpu, memory]) => [
    ...TAFA_2011_PACKET_BYTES.flatMap((bytes, column) => {
      const condition = `packet size ${bytes} B`;
      const note = bytes === 1000 ? MTU_1000_NOTE : bytes === 32 ? MTU_32_NOTE : undefined;
      return [
        figure('total migration time', setup, condition, 'migrateCommand', 's', totals[column]!, note),
        figure('downtime', setup, condition, 'cpuStateTransfer', 'ms', downtimes[column]!, note),
      ];
    }),
    ...PHASES.flatMap((phase, column) => [
      figure('CPU', setup, `packet size 1500 B, ${phase}`, 'hostCpuBusy', '%', cpu[column]!),
      figure('memory', setup, `packet size 1500 B, ${phase}`, 'hostMemoryUsed', '%', memory[column]!),
    ]),
  ],
);

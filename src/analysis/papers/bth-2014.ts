import { type DefinitionName, type PublishedFigure, publishedRange } from './published.js';

/** Load levels in requests a second; XenServer did not sustain the last one. */
export const BTH_2014_LEVELS = [500, 1500, 3000, 4300, 5300] as const;

type Row = readonly [
  quantity: string,
  condition: string,
  definition: DefinitionName,
  unit: string,
  kvm: string,
  xen: string,
  vmware: string,
  note?: string,
];

const PEAK_NOTE = 'the paper prints two values and no separate figure for the time of the migration';

// biome-ignore format: a table reads as a table
const MIGRATION_ROWS: readonly Row[] = [
  ['downtime', '', 'maximumResponse', 'ms', '700', '280-300', '3000'],
  ['response time', 'before the migration', 'simulatorResponse', 'ms', '1', '4', '1'],
  ['total migration time', '', 'migrateCommand', 'min', '~2', '~2', '~2'],
  ['CPU', 'source, before', 'hostCpuBusy', '%', '26', '34', '20'],
  ['CPU', 'source, during', 'hostCpuBusy', '%', '35', '40', '34'],
  ['CPU', 'source, after', 'hostCpuBusy', '%', '18', '29', '15'],
  ['CPU', 'destination, before', 'hostCpuBusy', '%', '6', '7', '4'],
  ['CPU', 'destination, during', 'hostCpuBusy', '%', '', '13', '15'],
  ['CPU', 'destination, after', 'hostCpuBusy', '%', '13', '15', '10'],
  ['disk writes', 'source, before', 'diskWrite', 'KB/s', '10000', '13000', '15000'],
  ['disk writes', 'source, during', 'diskWrite', 'KB/s', '', '30000', '', PEAK_NOTE],
  ['disk writes', 'source, after', 'diskWrite', 'KB/s', '9000', '9000', '13000'],
  ['disk writes', 'destination, before', 'diskWrite', 'KB/s', '6000', '6000', '7000'],
  ['disk writes', 'destination, during', 'diskWrite', 'KB/s', '', '23000', '', PEAK_NOTE],
  ['disk writes', 'destination, after', 'diskWrite', 'KB/s', '7000', '10000', '9000'],
];

// biome-ignore format: a table reads as a table
const DISK_ROWS: readonly (readonly [setup: string, value: string, note?: string])[] = [
  ['not virtualised', '~15000', 'follows from KVM with 6 cores being said to lie 5000 above it'],
  ['kvm-6', '~20000'],
  ['kvm-16', '~17000', 'printed as 2000 above the non-virtualised target; Xen the same'],
  ['kvm-12', '~20000', 'printed as 5000 above the non-virtualised target; Xen the same'],
  ['vmware-16', '25000'],
  ['vmware-12', '30000'],
  ['vmware-6', '34000'],
  ['xen-6', '25000'],
];

/** The paper's migration results, one figure a hypervisor. */
export const BTH_2014_MIGRATION: readonly PublishedFigure[] = MIGRATION_ROWS.flatMap(
  ([quantity, condition, definition, unit, kvm, xen, vmware, note]) =>
    (
      [
        ['KVM', kvm],
        ['Xen', xen],
        ['VMware', vmware],
      ] as const
    ).flatMap(([setup, value]): PublishedFigure[] => {
      // An empty cell carries a note only where the paper leaves the reader guessing.
      if (value === '' && note === undefined) return [];
      const range = value === '' ? null : publishedRange(value);
      const said = value === '' && note !== undefined ? { note } : {};
      return [{ source: 'bth-2014', quantity, setup, condition, definition, unit, value: range, ...said }];
    }),
);

/** What the application wrote to disk at 5 300 req/s. */
export const BTH_2014_DISK: readonly PublishedFigure[] = DISK_ROWS.map(([setup, value, note]) => ({
  source: 'bth-2014',
  quantity: 'disk writes',
  setup,
  condition: '5300 req/s',
  definition: 'diskWrite',
  unit: 'KB/s',
  value: publishedRange(value),
  ...(note === undefined ? {} : { note }),
}));

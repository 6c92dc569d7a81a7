import { type PublishedFigure, publishedRange } from './published.js';

/** One row of the memory-migration baseline (2 GB VM): downtime s, migration s, VM used MB, data MB, storage-migration downtime s. */
// biome-ignore format: a table reads as a table
const ROWS = [
  ['KVM', '0.18', '12.45', '124', '247', '0.21'],
  ['VMware', '0.59', '6.71', '234', '354', '2.41'],
  ['Hyper-V', '0.72', '23.71', '135', '2266', '1.56'],
  ['XenServer', '4.64', '29.17', '85', '2255', '2.56'],
] as const;

const COLUMNS = [
  ['downtime', 'memory migration, 2 GB VM', 'unansweredPings', 's'],
  ['total migration time', 'memory migration, 2 GB VM', 'migrateCommand', 's'],
  ['VM used memory', 'memory migration, 2 GB VM', 'memoryUsedInGuest', 'MB'],
  ['data transferred', 'memory migration, 2 GB VM', 'interfaceCounters', 'MB'],
  ['downtime', 'storage migration, 2 GB VM', 'unansweredPings', 's'],
] as const;

/** The paper's baseline, one figure a column and hypervisor. */
export const CLARKSON_2013_BASELINE: readonly PublishedFigure[] = ROWS.flatMap(([setup, ...values]) =>
  COLUMNS.map(
    ([quantity, condition, definition, unit], column): PublishedFigure => ({
      source: 'clarkson-2013',
      quantity,
      setup,
      condition,
      definition,
      unit,
      value: publishedRange(values[column]!),
    }),
  ),
);

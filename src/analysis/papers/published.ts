/**
 * Published figures as data. A number keeps the decimals with which it was printed, since a comparison rounds to the paper's resolution.
 */
export const PAPERS = {
  'bth-2014': 'Shirinbab, Lundberg, Ilie 2014: KVM, VMware and XenServer with a large telecom application',
  'bth-2013': 'Outadi, Trchalikova 2013: KVM and Xen for telecom services, Master thesis',
  'tafa-2011': 'Tafa et al. 2011: Xen-HVM, Xen-PV, OpenVZ, KVM-FV, KVM-PV migration on one host',
  'clarkson-2013': 'Hu et al. 2013: automated live-migration benchmark',
  'westminster-2017': 'Sliwko, Getov 2017: data transferred by live migration',
} as const;
export type PaperName = keyof typeof PAPERS;

/** What a published figure really is, and which of our figures may stand beside it (`null`: none may). */
export const DEFINITIONS = {
  maximumResponse: {
    text: 'maximum response time during the migration, whole ms, from the actual send',
    comparableWith: 'downtime.maxServiceMs',
  },
  unansweredPings: {
    text: 'contiguous block of unanswered 1 ms pings',
    comparableWith: 'downtime.longestGapMs of a 1 ms probe',
  },
  cpuStateTransfer: { text: 'transfer time of the CPU state, not a service outage', comparableWith: null },
  applicationResponse: {
    text: "the application's own 10 s averages, in whole ms",
    comparableWith: 'mean of the interval means of serviceTimeMs',
  },
  simulatorResponse: {
    text: "the simulator's response time, averaged",
    comparableWith: 'serviceTimeMs.mean',
  },
  migrateCommand: { text: 'stamps round the migrate command', comparableWith: 'totalMs' },
  hostCpuBusy: {
    text: 'host CPU utilisation, sum of the busy fields',
    comparableWith: 'host telemetry, the same sum',
  },
  hostCpuOverhead: {
    text: 'rise of the host CPU utilisation during the migration, percentage points',
    comparableWith: 'host telemetry, the same sum, during minus before',
  },
  hostMemoryUsed: {
    text: 'memory utilisation of the host',
    comparableWith: 'host telemetry, used share of memory',
  },
  diskWrite: { text: 'disk writes of the host, KB/s', comparableWith: 'host telemetry, disk writes' },
  interfaceCounters: {
    text: 'interface counters of the migration network before and after',
    comparableWith: 'transferredBytes of the switch or the link',
  },
  memoryUsedInGuest: { text: 'memory used inside the VM', comparableWith: 'guest telemetry, used memory' },
  feasibleLevel: {
    text: 'the level ran 20 min without failed requests',
    comparableWith: 'capacity steps, feasible',
  },
} as const;
export type DefinitionName = keyof typeof DEFINITIONS;

/** One printed number. `decimals` is the count of digits after its point. */
export interface Published {
  readonly value: number;
  readonly decimals: number;
}

/** A printed number or the range `from`..`to`; `about` when the paper says so. */
export interface PublishedRange {
  readonly from: Published;
  readonly to: Published;
  readonly about: boolean;
}

/** One cell of a statistics table: `mean/variance/sd/margin`. */
export interface PublishedCell {
  readonly setup: string;
  readonly loadPerSecond: number;
  readonly mean: Published;
  readonly variance: Published;
  readonly standardDeviation: Published;
  readonly marginOfError: Published;
}

/** A table of cells of one quantity. */
export interface PublishedTable {
  readonly source: PaperName;
  readonly title: string;
  readonly definition: DefinitionName;
  readonly unit: string;
  readonly cells: readonly PublishedCell[];
}

/** A figure outside the statistics tables. */
export interface PublishedFigure {
  readonly source: PaperName;
  readonly quantity: string;
  /** Hypervisor or set-up. */
  readonly setup: string;
  /** What else the figure depends on, for instance `packet size 1500 B`; empty when nothing. */
  readonly condition: string;
  readonly definition: DefinitionName;
  readonly unit: string;
  /** Null where the paper says that there is none, for instance a migration that did not finish. */
  readonly value: PublishedRange | null;
  /** What has to be said with the figure. */
  readonly note?: string;
}

/** Reads one printed number. @throws RangeError when it is none: the data file is wrong. */
export function published(text: string): Published {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new RangeError(`not a printed number: '${text}'`);
  return { value: Number(text), decimals: text.includes('.') ? text.length - text.indexOf('.') - 1 : 0 };
}

/** Reads `N`, `N-M`, each with a leading `~` for "about". @throws RangeError as {@link published}. */
export function publishedRange(text: string): PublishedRange {
  const about = text.startsWith('~');
  const [from, to] = text.replace('~', '').split('-');
  const first = published(from ?? '');
  return { from: first, to: to === undefined ? first : published(to), about };
}

/**
 * Reads a table written as in the paper: one row a load level, one column a set-up, an empty cell where the level was infeasible.
 * @param setups column names. @param rows load level and cells `mean/variance/sd/margin`. @throws RangeError on a cell of another form.
 */
export function publishedCells(
  setups: readonly string[],
  rows: ReadonlyArray<readonly [loadPerSecond: number, ...cells: string[]]>,
): PublishedCell[] {
  return rows.flatMap(([loadPerSecond, ...cells]) => {
    if (cells.length !== setups.length)
      throw new RangeError(`row ${loadPerSecond} has ${cells.length} cells`);
    return cells.flatMap((cell, column) => {
      if (cell === '') return [];
      const [mean, variance, standardDeviation, marginOfError, ...rest] = cell.split('/').map(published);
      if (!mean || !variance || !standardDeviation || !marginOfError || rest.length > 0) {
        throw new RangeError(`not mean/variance/sd/margin: '${cell}'`);
      }
      return [{ setup: setups[column]!, loadPerSecond, mean, variance, standardDeviation, marginOfError }];
    });
  });
}

/** Rounds a measured figure to the resolution of a published one. */
export function roundedLike(measured: number, to: Published): number {
  return Number(measured.toFixed(to.decimals));
}

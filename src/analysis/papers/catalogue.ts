import {
  BTH_2013_CPU,
  BTH_2013_FEASIBILITY,
  BTH_2013_MIGRATION,
  BTH_2013_RESPONSE,
  BTH_2013_SETUPS,
  type Feasibility,
} from './bth-2013.js';
import { BTH_2014_DISK, BTH_2014_MIGRATION } from './bth-2014.js';
import { CLARKSON_2013_BASELINE } from './clarkson-2013.js';
import type { PublishedCell, PublishedFigure, PublishedTable } from './published.js';
import { TAFA_2011_MIGRATION } from './tafa-2011.js';

/** Every published figure outside the statistics tables. */
export const PUBLISHED_FIGURES: readonly PublishedFigure[] = [
  ...BTH_2013_MIGRATION,
  ...BTH_2014_MIGRATION,
  ...BTH_2014_DISK,
  ...TAFA_2011_MIGRATION,
  ...CLARKSON_2013_BASELINE,
];

/** Every published statistics table. */
export const PUBLISHED_TABLES: readonly PublishedTable[] = [BTH_2013_CPU, BTH_2013_RESPONSE];

/** What `--with NAME` puts beside measured figures. */
export interface Reference {
  /** For instance `bth-2013/kvm-16`. */
  readonly name: string;
  readonly cpu: readonly PublishedCell[];
  readonly response: readonly PublishedCell[];
  readonly feasibility: Feasibility | null;
}

/** Names that {@link findReference} knows. */
export const REFERENCE_NAMES: readonly string[] = BTH_2013_SETUPS.map((setup) => `bth-2013/${setup}`);

/** @returns the published figures of one set-up, null for a name outside {@link REFERENCE_NAMES}. */
export function findReference(name: string): Reference | null {
  if (!REFERENCE_NAMES.includes(name)) return null;
  const setup = name.slice(name.indexOf('/') + 1);
  const ofSetup = (table: PublishedTable): PublishedCell[] =>
    table.cells.filter((cell) => cell.setup === setup);
  return {
    name,
    cpu: ofSetup(BTH_2013_CPU),
    response: ofSetup(BTH_2013_RESPONSE),
    feasibility: BTH_2013_FEASIBILITY.find((row) => row.setup === setup) ?? null,
  };
}

/** The load level of a published cell that a measured rate may be compared with: within 1 %, else null. */
export function cellAtRate(cells: readonly PublishedCell[], ratePerSecond: number): PublishedCell | null {
  return (
    cells.find((cell) => Math.abs(cell.loadPerSecond - ratePerSecond) <= 0.01 * cell.loadPerSecond) ?? null
  );
}

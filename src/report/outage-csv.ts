import type { RequestRow, RowTable } from '../measure/rows.js';
import { csvLine } from './csv.js';

/**
 * Columns of `outage-N.csv`: the requests from 5 s before to 5 s after an outage window, from which every figure of the window can be
 * computed again.
 *
 * - `sequence`: number of the request among those of its worker to its target; `target`, `worker`, `association`: where it went
 * - `due_ms`: intended send time; `offered_ms`: given to SCTP; `first_transmission_ms`, `previous_transmission_ms`,
 *   `last_transmission_ms`: the first, last but one and last time it was on the wire; `answered_ms`; `ended_ms`: when its outcome was
 *   settled. Milliseconds from the start of the run, to the nanosecond; empty: it never happened
 * - `transmissions`: times on the wire; 1 means never retransmitted by SCTP
 * - `outcome`: as in summary.json
 * - `rerouted`: 1 when the request went to another target too (later transmissions then say nothing of its own), 2 when it had not left for its own by then;
 *   `answered_elsewhere`: 1 when another target gave the answer
 */
export const OUTAGE_COLUMNS: readonly string[] = [
  'sequence',
  'target',
  'worker',
  'association',
  'due_ms',
  'offered_ms',
  'first_transmission_ms',
  'previous_transmission_ms',
  'last_transmission_ms',
  'transmissions',
  'answered_ms',
  'ended_ms',
  'outcome',
  'rerouted',
  'answered_elsewhere',
];

export interface OutageCsvNames {
  /** Start of the run on the clock of the rows. */
  readonly originNs: number;
  /** Endpoints by the target number of a row. */
  readonly targets: readonly string[];
}

/** The lines of `outage-N.csv` without their line ends, its head first, in order of due time. */
export function* outageCsvLines(rows: RowTable, names: OutageCsvNames): Generator<string> {
  yield csvLine(OUTAGE_COLUMNS);
  for (const row of rows.inDueOrder()) yield outageCsvLine(row, names);
}

/**
 * One line of `outage-N.csv`, without its line end.
 *
 * @throws RangeError when the row's target has no name
 */
export function outageCsvLine(row: RequestRow, { originNs, targets }: OutageCsvNames): string {
  const target = targets[row.target];
  if (target === undefined)
    throw new RangeError(`outage row of target ${row.target}: only ${targets.length} targets have a name`);
  const time = (ns: number): string | null => (ns === 0 ? null : ((ns - originNs) / 1e6).toFixed(6));
  return csvLine([
    row.sequence,
    target,
    row.worker,
    row.association,
    time(row.dueNs),
    time(row.offeredNs),
    time(row.firstNs),
    time(row.previousNs),
    time(row.lastNs),
    row.transmissions,
    time(row.answeredNs),
    time(row.endedNs),
    row.outcome,
    row.rerouted,
    row.elsewhere,
  ]);
}

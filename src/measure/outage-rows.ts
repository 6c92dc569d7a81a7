import type { RowTable } from './rows.js';
import type { Outcome } from './summary.js';

/** A line of `outage-N.csv`: one request near a window. Times are ns on the run's monotonic clock; 0 means never. */
export interface OutageRow {
  readonly sequence: number;
  readonly target: string;
  readonly worker: number;
  /** As in `transport.associations[].id` of the summary. */
  readonly association: string;
  readonly dueNs: number;
  readonly offeredNs: number;
  readonly firstTransmissionNs: number;
  readonly previousTransmissionNs: number;
  readonly lastTransmissionNs: number;
  readonly transmissions: number;
  readonly answeredNs: number;
  readonly endedNs: number;
  readonly outcome: Outcome;
}

/** The rows behind a window in order of due time, with names for numbers. */
export function* outageRows(rows: RowTable, targets: readonly string[]): Generator<OutageRow> {
  for (const row of rows.inDueOrder()) {
    yield {
      sequence: row.sequence,
      target: targets[row.target]!,
      worker: row.worker,
      association: `${row.worker}.${row.association}`,
      dueNs: row.dueNs,
      offeredNs: row.offeredNs,
      firstTransmissionNs: row.firstNs,
      previousTransmissionNs: row.previousNs,
      lastTransmissionNs: row.lastNs,
      transmissions: row.transmissions,
      answeredNs: row.answeredNs,
      endedNs: row.endedNs,
      outcome: row.outcome,
    };
  }
}

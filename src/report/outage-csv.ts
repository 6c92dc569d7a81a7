import { csvLine } from './csv.js';
import type { OutageRow } from './rows.js';

/**
 * Columns of `outage-N.csv`: the requests from 5 s before to 5 s after an outage window, from which every figure of the window can be
 * computed again.
 *
 * - `sequence`: number of the request in its worker; `target`, `worker`, `association`: where it went
 * - `due_ms`: intended send time; `offered_ms`: given to SCTP; `first_transmission_ms`, `previous_transmission_ms`,
 *   `last_transmission_ms`: the first, last but one and last time it was on the wire; `answered_ms`; `ended_ms`: when its outcome was
 *   settled. Milliseconds from the start of the run, to the nanosecond; empty: it never happened
 * - `transmissions`: times on the wire; 1 means never retransmitted by SCTP
 * - `outcome`: as in summary.json
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
];

/** First line of `outage-N.csv`, without its line end. */
export function outageCsvHeader(): string {
  return csvLine(OUTAGE_COLUMNS);
}

/**
 * One line of `outage-N.csv`, without its line end.
 *
 * @param originNs start of the run on the clock of the row
 */
export function outageCsvLine(row: OutageRow, originNs: number): string {
  const time = (ns: number): string | null => (ns === 0 ? null : ((ns - originNs) / 1e6).toFixed(6));
  return csvLine([
    row.sequence,
    row.target,
    row.worker,
    row.association,
    time(row.dueNs),
    time(row.offeredNs),
    time(row.firstTransmissionNs),
    time(row.previousTransmissionNs),
    time(row.lastTransmissionNs),
    row.transmissions,
    time(row.answeredNs),
    time(row.endedNs),
    row.outcome,
  ]);
}

import type { RunSummary } from '../../measure/summary.js';
import { driftNote, driftTable, SEGMENT_HEADER, segmentRows } from '../drift.js';
import { sectionHtml } from './document.js';
import { type Cell, htmlTable, note, number } from './tables.js';

/** Leaks and drifts; empty where too few intervals were measured. */
export function driftHtml({ drift }: RunSummary): string {
  if (drift === null) return '';
  const { header, rows } = driftTable(drift);
  const cells = (row: readonly string[]): Cell[] =>
    row.map((text, column) => (column > 0 && column < row.length - 1 ? number(text) : text));
  return sectionHtml(
    'Drift',
    htmlTable('Trends over the run', cells(header), rows.map(cells)),
    note(driftNote(drift)),
  );
}

/** What one process after the other measured of a resumed run. */
export function segmentsHtml({ run }: RunSummary): string {
  if (run.segments.length < 2) return '';
  return sectionHtml(
    'Segments',
    htmlTable('Segments of the run', [...SEGMENT_HEADER], segmentRows(run.segments)),
  );
}

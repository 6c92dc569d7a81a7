/**
 * One row of the application's own table, in the papers' columns (`bth-2013`, `bth-2014`). Times are milliseconds, null when the interval was idle.
 */
export interface ApplicationRow {
  readonly durationSeconds: number;
  /** Requests answered with what was asked for; repeats that got their stored answer are not counted again. */
  readonly succeeded: number;
  /** Requests refused (no credit, unknown subscriber) or ended by an abort, a reject or an overload. */
  readonly failed: number;
  readonly retransmissionDetected: number;
  readonly duplicateAnswered: number;
  /** Requests answered for the first time, per second. */
  readonly throughputPerSecond: number;
  readonly responseAvgMs: number | null;
  readonly responseMinMs: number | null;
  readonly responseMaxMs: number | null;
}

/**
 * Counts what the application did since the interval began. Response time is from the receive stamp of the request to the moment its answer
 * was handed to the transport, repeats included.
 */
export class ApplicationStatistics {
  succeeded = 0;
  failed = 0;
  retransmissionDetected = 0;
  duplicateAnswered = 0;
  #responses = 0;
  #sumNs = 0;
  #minNs = Number.POSITIVE_INFINITY;
  #maxNs = 0;
  #startedNs: number;

  constructor(startedNs: number) {
    this.#startedNs = startedNs;
  }

  /** A request was answered `responseNs` after it was received. */
  responded(responseNs: number): void {
    this.#responses += 1;
    this.#sumNs += responseNs;
    if (responseNs < this.#minNs) this.#minNs = responseNs;
    if (responseNs > this.#maxNs) this.#maxNs = responseNs;
  }

  /** The row of the interval that ends at `nowNs`; the next interval begins. */
  close(nowNs: number): ApplicationRow {
    const durationSeconds = (nowNs - this.#startedNs) / 1e9;
    const idle = this.#responses === 0;
    const row: ApplicationRow = {
      durationSeconds,
      succeeded: this.succeeded,
      failed: this.failed,
      retransmissionDetected: this.retransmissionDetected,
      duplicateAnswered: this.duplicateAnswered,
      throughputPerSecond: durationSeconds > 0 ? (this.succeeded + this.failed) / durationSeconds : 0,
      responseAvgMs: idle ? null : this.#sumNs / this.#responses / 1e6,
      responseMinMs: idle ? null : this.#minNs / 1e6,
      responseMaxMs: idle ? null : this.#maxNs / 1e6,
    };
    this.#startedNs = nowNs;
    this.succeeded = 0;
    this.failed = 0;
    this.retransmissionDetected = 0;
    this.duplicateAnswered = 0;
    this.#responses = 0;
    this.#sumNs = 0;
    this.#minNs = Number.POSITIVE_INFINITY;
    this.#maxNs = 0;
    return row;
  }
}

/**
 * One row for several workers of a node. Averages are weighted by the requests behind them, extremes are extremes of all.
 * @param rows rows of the same interval, at least one
 */
export function mergeRows(rows: readonly ApplicationRow[]): ApplicationRow {
  let weight = 0;
  let weighted = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const total = {
    succeeded: 0,
    failed: 0,
    retransmissionDetected: 0,
    duplicateAnswered: 0,
    throughputPerSecond: 0,
  };
  for (const row of rows) {
    total.succeeded += row.succeeded;
    total.failed += row.failed;
    total.retransmissionDetected += row.retransmissionDetected;
    total.duplicateAnswered += row.duplicateAnswered;
    total.throughputPerSecond += row.throughputPerSecond;
    if (row.responseAvgMs === null || row.responseMinMs === null || row.responseMaxMs === null) continue;
    const answers = row.succeeded + row.failed + row.duplicateAnswered;
    weight += answers;
    weighted += row.responseAvgMs * answers;
    min = Math.min(min, row.responseMinMs);
    max = Math.max(max, row.responseMaxMs);
  }
  return {
    durationSeconds: Math.max(...rows.map((row) => row.durationSeconds)),
    ...total,
    responseAvgMs: weight === 0 ? null : weighted / weight,
    responseMinMs: weight === 0 ? null : min,
    responseMaxMs: weight === 0 ? null : max,
  };
}

const COLUMNS = [
  { title: 'Time', width: 8 },
  { title: 'Succ', width: 10 },
  { title: 'Fail', width: 8 },
  { title: 'Retransmission detected', width: 23 },
  { title: 'Duplicate answered', width: 18 },
  { title: 'Throughput (/s)', width: 15 },
  { title: 'Response avg', width: 12 },
  { title: 'min', width: 8 },
  { title: 'max (ms)', width: 9 },
] as const;

/** Head of the table that {@link formatRow} continues; no line end. */
export function formatHead(): string {
  return COLUMNS.map(({ title, width }) => title.padStart(width)).join('  ');
}

/**
 * One line of the table; an idle interval shows `-` for its times.
 * @param clock time of day at which the interval ended, `HH:MM:SS`
 */
export function formatRow(clock: string, row: ApplicationRow): string {
  const time = (ms: number | null) => (ms === null ? '-' : ms.toFixed(3));
  const cells = [
    clock,
    row.succeeded.toFixed(0),
    row.failed.toFixed(0),
    row.retransmissionDetected.toFixed(0),
    row.duplicateAnswered.toFixed(0),
    row.throughputPerSecond.toFixed(1),
    time(row.responseAvgMs),
    time(row.responseMinMs),
    time(row.responseMaxMs),
  ];
  return cells.map((cell, i) => cell.padStart(COLUMNS[i]!.width)).join('  ');
}

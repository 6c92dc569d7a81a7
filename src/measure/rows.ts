import type { Outcome } from './summary.js';
import { OUTCOMES } from './summary.js';

/** One ended request, as `outage-N.csv` shows it. Times are ns since the process epoch; 0 means "never". */
export interface RequestRow {
  /** Number of the request among those of its worker to its target, from 0. */
  readonly sequence: number;
  readonly target: number;
  readonly worker: number;
  readonly association: number;
  readonly dueNs: number;
  readonly offeredNs: number;
  /** First, most recent and second most recent transmission; `previousNs` 0 until there were two. */
  readonly firstNs: number;
  readonly lastNs: number;
  readonly previousNs: number;
  readonly transmissions: number;
  readonly answeredNs: number;
  readonly endedNs: number;
  readonly outcome: Outcome;
  /** 0; 1 when it went to another target too (its second transmission and later ones say nothing of its own), 2 when it had not left for its own by then. */
  readonly rerouted: number;
  /** 1 when another target gave the answer: its own has not answered it. */
  readonly elsewhere: number;
}

/** Numeric columns of {@link RequestRow}; `outcome` is a position in `OUTCOMES`. */
export const ROW_COLUMNS = [
  'sequence',
  'target',
  'worker',
  'association',
  'dueNs',
  'offeredNs',
  'firstNs',
  'lastNs',
  'previousNs',
  'transmissions',
  'answeredNs',
  'endedNs',
  'outcome',
  'rerouted',
  'elsewhere',
] as const;
export type RowColumn = (typeof ROW_COLUMNS)[number];
type Columns = Record<RowColumn, Float64Array>;

/** A growing table of ended requests, a typed array per column, with a bound on its length. */
export class RowTable {
  readonly rowsMax: number;
  /** Rows refused because of `rowsMax`. */
  refused = 0;
  #length = 0;
  #columns: Columns;

  constructor(rowsMax: number, capacity = 1024) {
    this.rowsMax = rowsMax;
    this.#columns = emptyColumns(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** The column's array; only the first {@link length} entries count, and the next {@link push} may replace it. */
  column(name: RowColumn): Float64Array {
    return this.#columns[name];
  }

  /** Appends an empty row and returns its index, or -1 when the table is full. */
  add(): number {
    if (this.#length >= this.rowsMax) {
      this.refused++;
      return -1;
    }
    const capacity = this.#columns.dueNs.length;
    if (this.#length === capacity) this.#grow(capacity * 2);
    return this.#length++;
  }

  /** Makes room for so many more rows at once, as far as `rowsMax` allows: growing step by step leaves twice as much behind. */
  reserve(rows: number): void {
    const wanted = Math.min(this.rowsMax, this.#length + rows);
    if (wanted > this.#columns.dueNs.length) this.#grow(wanted);
  }

  #grow(capacity: number): void {
    const grown = emptyColumns(Math.min(this.rowsMax, capacity));
    for (const name of ROW_COLUMNS) grown[name].set(this.#columns[name].subarray(0, this.#length));
    this.#columns = grown;
  }

  push(row: RequestRow): void {
    const index = this.add();
    if (index < 0) return;
    for (const name of ROW_COLUMNS) {
      this.#columns[name][index] = name === 'outcome' ? OUTCOMES.indexOf(row.outcome) : row[name];
    }
  }

  row(index: number): RequestRow {
    const value = (name: RowColumn): number => this.#columns[name][index]!;
    return {
      sequence: value('sequence'),
      target: value('target'),
      worker: value('worker'),
      association: value('association'),
      dueNs: value('dueNs'),
      offeredNs: value('offeredNs'),
      firstNs: value('firstNs'),
      lastNs: value('lastNs'),
      previousNs: value('previousNs'),
      transmissions: value('transmissions'),
      answeredNs: value('answeredNs'),
      endedNs: value('endedNs'),
      outcome: OUTCOMES[value('outcome')]!,
      rerouted: value('rerouted'),
      elsewhere: value('elsewhere'),
    };
  }

  /** When its own target answered a request; 0: never, whatever another one did. */
  ownAnswerNs(index: number): number {
    return this.#columns.elsewhere[index] === 0 ? this.#columns.answeredNs[index]! : 0;
  }

  /** Every row in order of due time. */
  *inDueOrder(): Generator<RequestRow> {
    for (const index of this.orderBy('dueNs')) yield this.row(index);
  }

  /** Row indices in rising order of a column. */
  orderBy(name: RowColumn): Uint32Array {
    const values = this.#columns[name];
    const order = new Uint32Array(this.#length);
    for (let i = 0; i < order.length; i++) order[i] = i;
    return order.sort((a, b) => values[a]! - values[b]!);
  }
}

function emptyColumns(capacity: number): Columns {
  return Object.fromEntries(ROW_COLUMNS.map((name) => [name, new Float64Array(capacity)])) as Columns;
}

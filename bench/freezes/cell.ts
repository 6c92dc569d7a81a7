/** One cell of the accuracy table: the same freeze, many times, at one rate and one kind of arrivals. */
export interface Cell {
  readonly ratePerSecond: number;
  readonly pauseMs: number;
  readonly arrival: 'constant' | 'poisson';
}

/** The cells that the accuracy claim in README.md rests on. */
export function claimedCells(): Cell[] {
  const cells: Cell[] = [];
  for (const arrival of ['constant', 'poisson'] as const) {
    for (const [ratePerSecond, pauses] of [
      [100, [280, 700, 3000]],
      [1500, [50, 280, 700, 3000]],
      [9450, [50, 280, 700, 3000]],
    ] as const) {
      for (const pauseMs of pauses) cells.push({ ratePerSecond, pauseMs, arrival });
    }
  }
  return cells;
}

export function cellName(cell: Cell): string {
  return `${cell.ratePerSecond}:${cell.pauseMs}:${cell.arrival}`;
}

/** Reads `RATE:PAUSE_MS:ARRIVAL`. Returns null for anything else. */
export function parseCell(text: string): Cell | null {
  const match = /^([1-9]\d*):([1-9]\d*):(constant|poisson)$/.exec(text);
  if (match === null) return null;
  return {
    ratePerSecond: Number(match[1]),
    pauseMs: Number(match[2]),
    arrival: match[3] as Cell['arrival'],
  };
}

/**
 * Quiet time between two freezes, ms: enough for a reference period of its own (1 000 answers or 5 s, whichever is less)
 * and for the queue of the freeze before to drain.
 */
export function quietMs(cell: Cell): number {
  const referenceMs = Math.min(5_000, (1_000 / cell.ratePerSecond) * 1_000);
  return referenceMs + 700 + cell.pauseMs * 0.3;
}

/** What one freeze showed. Times in ms; wall-clock times in Unix ms. */
export interface FreezeResult {
  readonly stoppedAt: number;
  readonly continuedAt: number;
  /** Between the confirmed stop and the order to continue: no less than this was the target frozen. */
  readonly truthAtLeast: number;
  /** Between the order to stop and the return of the order to continue: no more than this. */
  readonly truthAtMost: number;
  readonly windows: number;
  readonly atLeast: number | null;
  readonly atMost: number | null;
  readonly largestRtoMs: number | null;
  readonly longestGapMs: number | null;
  readonly generatorStallMs: number | null;
  readonly within: boolean;
  readonly narrow: boolean;
}

/** Largest width that the definition of the bounds allows: two spacings, 10 ms and the largest RTO in force. */
export function widthLimitMs(cell: Cell, largestRtoMs: number | null): number {
  // Poisson arrivals have no fixed spacing: one in 1 000 is longer than 6.9 mean ones.
  const spacingMs = (1_000 / cell.ratePerSecond) * (cell.arrival === 'poisson' ? 6.9 : 1);
  return 2 * spacingMs + 10 + (largestRtoMs ?? 0);
}

/** All freezes of a cell with what they add up to; one line of the results file. */
export interface CellResult {
  readonly cell: string;
  readonly freezes: readonly FreezeResult[];
  readonly missed: number;
  readonly tooWide: number;
  readonly widthMedianMs: number | null;
  readonly valid: boolean;
  readonly invalidReasons: readonly string[];
  readonly requests: Readonly<Record<string, number>>;
  readonly windowsBesideFreezes: number;
}

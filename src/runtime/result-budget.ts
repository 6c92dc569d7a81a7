import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mergeLogIntervals } from '../measure/histogram-log-merge.js';
import { coarserIntervals } from '../report/coarser-intervals.js';

/** Evidence may fill this share of the budget before the smallest of it goes; the time series have the rest. */
const EVIDENCE_SHARE = 0.5;
/** Intervals that become one when a part is made coarser. */
const COARSER_BY = 8;
/** A part is made coarser no further than to one interval in so many. */
const COARSENESS_MAX = 8 ** 4;

/** What had to go so that a result folder stays within its bounds, as plain data. */
export interface ResultLosses {
  /** Files of raw rows that were removed. */
  readonly evidence: readonly string[];
  /** Parts by name, and how many intervals were made one in each. */
  readonly coarser: Readonly<Record<string, number>>;
  /** Parts of the event stream that were removed. */
  readonly events: readonly string[];
  /** Nothing more could be given up although the bound was passed. */
  readonly overrun: boolean;
}

interface File {
  readonly name: string;
  bytes: number;
}

/**
 * Keeps the files of a result folder within a number of bytes. What goes, in this order:
 *
 * 1. raw rows of outage windows, those of the shortest first, as far as they fill more than half of the budget; the windows with all their figures
 *    stay in the summary
 * 2. time: the oldest of the finest parts of the time series gets intervals eight times as long. Counts, means and extremes stay exact and
 *    histograms are added up; percentiles of merged rows, which cannot be had from percentiles, are left empty
 * 3. the remaining raw rows, then the oldest parts of the event stream
 */
export class ResultBudget {
  readonly #path: string;
  readonly #keepBytes: number | null;
  readonly #evidence = new Map<string, File & { readonly weight: number }>();
  readonly #parts = new Map<string, File>();
  #losses: ResultLosses;

  constructor(path: string, keepBytes: number | null, losses?: ResultLosses) {
    this.#path = path;
    this.#keepBytes = keepBytes;
    this.#losses = losses ?? { evidence: [], coarser: {}, events: [], overrun: false };
    if (losses === undefined) return;
    for (const name of readdirSync(path)) {
      const { size } = statSync(join(path, name));
      if (/-\d{4,}\.(csv|hlog|ndjson)$/.test(name)) this.addPart(name, size);
      // How long the outage was is not in its name; its size says nearly the same.
      else if (/^outage-\d+\.csv$/.test(name)) this.addEvidence(name, size, size / 1e9);
    }
  }

  get losses(): ResultLosses {
    return this.#losses;
  }

  addEvidence(name: string, bytes: number, weight: number): void {
    this.#evidence.set(name, { name, bytes, weight });
  }

  addPart(name: string, bytes: number): void {
    this.#parts.set(name, { name, bytes });
  }

  /** Gives up what has to go. @param growingBytes files that are still written */
  keep(growingBytes: number): void {
    const most = this.#keepBytes;
    if (most === null) return;
    const evidence = (): number => sum(this.#evidence);
    const all = (): number => growingBytes + sum(this.#parts) + evidence();
    while (all() > most && evidence() > EVIDENCE_SHARE * most && this.#dropEvidence());
    while (all() > most && this.#makeCoarser());
    while (all() > most && (this.#dropEvidence() || this.#dropEvents()));
    if (all() > most && !this.#losses.overrun) this.#losses = { ...this.#losses, overrun: true };
  }

  #dropEvidence(): boolean {
    let least: (File & { readonly weight: number }) | undefined;
    for (const file of this.#evidence.values()) {
      if (least === undefined || file.weight < least.weight) least = file;
    }
    if (least === undefined) return false;
    rmSync(join(this.#path, least.name), { force: true });
    this.#evidence.delete(least.name);
    this.#losses = { ...this.#losses, evidence: [...this.#losses.evidence, least.name] };
    return true;
  }

  #dropEvents(): boolean {
    const oldest = [...this.#parts.keys()].filter((name) => name.startsWith('events-')).sort()[0];
    if (oldest === undefined) return false;
    rmSync(join(this.#path, oldest), { force: true });
    this.#parts.delete(oldest);
    this.#losses = { ...this.#losses, events: [...this.#losses.events, oldest] };
    return true;
  }

  #makeCoarser(): boolean {
    const factorOf = (name: string): number => this.#losses.coarser[name] ?? 1;
    const [chosen] = [...this.#parts.keys()]
      .filter((name) => !name.startsWith('events-') && factorOf(name) < COARSENESS_MAX)
      .sort((a, b) => factorOf(a) - factorOf(b) || partNumber(a) - partNumber(b) || (a < b ? -1 : 1));
    if (chosen === undefined) return false;
    const file = join(this.#path, chosen);
    if (existsSync(file)) {
      const text = readFileSync(file, 'utf8');
      const coarser = chosen.endsWith('.csv')
        ? coarserIntervals(text, COARSER_BY)
        : mergeLogIntervals(text, COARSER_BY);
      const partial = join(this.#path, `.${chosen}.partial`);
      writeFileSync(partial, coarser);
      renameSync(partial, file);
      this.#parts.set(chosen, { name: chosen, bytes: Buffer.byteLength(coarser) });
    }
    const coarser = { ...this.#losses.coarser, [chosen]: factorOf(chosen) * COARSER_BY };
    this.#losses = { ...this.#losses, coarser };
    return true;
  }
}

function sum(files: ReadonlyMap<string, File>): number {
  let bytes = 0;
  for (const file of files.values()) bytes += file.bytes;
  return bytes;
}

function partNumber(name: string): number {
  return Number(/-(\d+)\.\w+$/.exec(name)?.[1] ?? 0);
}

/** What went, in sentences for the notes of a summary. */
export function lossesInWords(losses: ResultLosses, keepBytes: number): string[] {
  const { evidence, coarser, events, overrun } = losses;
  const bound = `the results are kept within ${Math.round(keepBytes / 1e6)} MB (keep)`;
  const notes: string[] = [];
  if (evidence.length > 0) {
    notes.push(
      `${bound}: the raw rows of ${evidence.length} outages were removed, the shortest first; their windows are all listed`,
    );
  }
  const factors = Object.values(coarser);
  if (factors.length > 0) {
    const most = Math.max(...factors);
    notes.push(
      `${bound}: ${factors.length} older parts of the time series have intervals up to ${most} times as long; counts, means and extremes in them are exact, percentiles are in the histograms`,
    );
  }
  if (events.length > 0)
    notes.push(`${bound}: the ${events.length} oldest parts of the event stream were removed`);
  if (overrun) notes.push(`${bound}: that was not enough room, the bound was passed`);
  return notes;
}

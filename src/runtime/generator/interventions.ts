import { pausedSeconds } from '../../measure/summarize.js';
import type { Intervention } from '../../measure/summary.js';

/** Where a process begins to follow the schedule of a run that another one began. */
export interface Resumption {
  /** From the start of the schedule, ns. */
  readonly atNs: number;
  /** The same by the wall clock, ISO 8601. */
  readonly at: string;
  /** What the schedule asks for there: what the user had changed before is not followed any more. */
  readonly plannedPerSecond: number;
}

/** What the user did to a run, over all of its processes. */
export class InterventionBook {
  #all: Intervention[];
  readonly #write: (line: string) => void;
  #backToPlan = false;

  /** @param earlier of the processes before. @param write takes a line of events.ndjson */
  constructor(earlier: readonly Intervention[], write: (line: string) => void) {
    this.#all = [...earlier];
    this.#write = write;
  }

  get all(): readonly Intervention[] {
    return this.#all;
  }

  add(intervention: Intervention): void {
    const { kind, at, elapsedSeconds, fromPerSecond, toPerSecond } = intervention;
    this.#all.push(intervention);
    const marks = this.#all.filter((one) => one.kind === 'mark').length;
    const fields = kind === 'mark' ? { text: `mark ${marks}` } : { fromPerSecond, toPerSecond };
    this.#write(JSON.stringify({ event: kind, at, elapsedSeconds, ...fields }));
  }

  /** Another process goes on: what is measured again never happened, and a change of the load ends where it begins. */
  goOn({ atNs, at, plannedPerSecond }: Resumption): void {
    const elapsedSeconds = atNs / 1e9;
    this.#all = this.#all.filter((one) => one.elapsedSeconds < elapsedSeconds);
    const last = this.#all.filter(({ kind }) => kind !== 'mark').at(-1);
    if (last === undefined || last.toPerSecond === plannedPerSecond) return;
    const kind = last.kind === 'pause' ? 'resume' : 'rate';
    this.#backToPlan = true;
    this.add({ kind, at, elapsedSeconds, fromPerSecond: last.toPerSecond, toPerSecond: plannedPerSecond });
  }

  /** What a reader must know. @param durationNs length of the schedule as followed */
  notes(durationNs: number): string[] {
    const changes = this.#all.filter(({ kind }) => kind !== 'mark');
    if (changes.length === 0) return [];
    const rates = changes.filter(({ kind }) => kind === 'rate').length;
    const paused = pausedSeconds(this.#all, durationNs / 1e9).toFixed(1);
    const notes = [
      `the user steered this run: changes of the rate ${rates}, pauses ${paused} s in all; its rates are means over all of it`,
    ];
    if (this.#backToPlan)
      notes.push('resumed with the rate as planned: what the user had changed before ended there');
    return notes;
  }
}

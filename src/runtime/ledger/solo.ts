import type { Input, Output, Role } from '../../cluster/types.js';

export type LogInput = Input<Uint8Array, Uint8Array>;
export type LogOutput = Output<Uint8Array, Uint8Array>;

/** What decides how far answers may leave: a cluster's node, or the journal of a node without peer. */
export interface DecisionLog {
  readonly role: Role;
  readonly epoch: number;
  readonly inSync: boolean;
  /** {@link propose} would take a batch now. */
  readonly takes: boolean;
  readonly lastIndex: number;
  readonly committed: number;
  readonly peerDurable: number;
  propose(payload: Uint8Array, nowNs: number): number;
  step(input: LogInput, nowNs: number): void;
  take(): LogOutput[];
}

/** Batches that may wait for the disk. */
const UNCOMMITTED_MAX = 4096;
const EPOCH = 1;

/** The log of a node without peer: what is durable here may be answered. */
export class SoloLog implements DecisionLog {
  readonly role = 'alone';
  readonly epoch = EPOCH;
  readonly inSync = false;
  readonly peerDurable = 0;
  lastIndex: number;
  committed: number;
  #outputs: LogOutput[] = [];
  #sequence = 0;
  readonly #indexOf: { readonly sequence: number; readonly index: number }[] = [];

  /** @param lastIndex last entry of the journal */
  constructor(lastIndex: number) {
    this.lastIndex = lastIndex;
    this.committed = lastIndex;
  }

  get takes(): boolean {
    return this.lastIndex - this.committed < UNCOMMITTED_MAX;
  }

  propose(payload: Uint8Array): number {
    const index = this.lastIndex + 1;
    this.lastIndex = index;
    this.#sequence += 1;
    this.#indexOf.push({ sequence: this.#sequence, index });
    this.#outputs.push({
      type: 'journal',
      sequence: this.#sequence,
      write: { kind: 'append', entries: [{ kind: 'data', index, epoch: EPOCH, payload }] },
    });
    return index;
  }

  step(input: LogInput): void {
    if (input.type === 'command') {
      this.#outputs.push({ type: 'refused', reason: `${input.command}: this responder has no peer` });
    }
    if (input.type !== 'flushed') return;
    while (this.#indexOf.length > 0 && this.#indexOf[0]!.sequence <= input.sequence) {
      this.committed = this.#indexOf.shift()!.index;
    }
    this.#outputs.push({ type: 'committed', index: this.committed });
  }

  take(): LogOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}

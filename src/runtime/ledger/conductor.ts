import type { Configuration, JournalWrite, Role, SnapshotHead } from '../../cluster/types.js';
import type { Decider } from './decider.js';
import { Desk, type DeskParts } from './desk.js';
import type { DecisionLog, LogInput, LogOutput } from './solo.js';

type Write = JournalWrite<Uint8Array, Uint8Array>;

/** A state of the application and the entry that it rests on. */
export interface Capture {
  readonly index: number;
  readonly epoch: number;
  readonly config: Configuration | null;
  /** Records that the state rests on. */
  readonly records: number;
  readonly state: Uint8Array;
}

/** What a conductor has done by others, none of which calls back before it returns. */
export interface ConductorPorts {
  readonly nowNs: () => number;
  send(message: Extract<LogOutput, { type: 'send' }>['message']): void;
  /** Writes the journal; the input `flushed` says when it is durable. */
  write(sequence: number, write: Write): void;
  askWitness(output: Extract<LogOutput, { type: 'readRegister' | 'swapRegister' }>): void;
  fence(): void;
  /** {@link Conductor.rebuilt} takes an application in the journal's state after entry `index`, now or later. */
  rebuild(index: number): void;
  /** Puts a piece of another node's state where {@link install} finds it; with the first one those of any other state go. */
  stage(piece: Extract<Write, { kind: 'piece' }>): void;
  /** An application in the state whose pieces were staged. */
  install(snapshot: SnapshotHead): Decider;
  tellRole(role: Role): void;
  refused(reason: string): void;
  /** {@link Conductor.turn} is to be called, in a moment. */
  soon(): void;
  /** Something may have been put into the ring of answers. */
  answered(): void;
  /** A state to start from is at hand; every entry that it rests on has been given to {@link write}. */
  keep(capture: Capture): void;
}

export interface ConductorParts {
  readonly log: DecisionLog;
  readonly decider: Decider;
  /** Newest configuration of the log. */
  readonly config: Configuration | null;
  readonly desk: Omit<DeskParts, 'nowNs' | 'onProposed'>;
  readonly ports: ConductorPorts;
  /** Whether there is a peer to forward to. */
  readonly hasPeer: boolean;
  /** A state is kept each time that so many records more have been made, at the same record on both nodes. */
  readonly recordsPerCapture: number;
}

/**
 * Carries out what a node's log asks for, in order: between the pure log on one side, and requests, answers, journal, peer and witness on the other.
 * Has no clock, no timer and no promise of its own, so that the simulation runs it too.
 */
export class Conductor {
  readonly desk: Desk;
  readonly #parts: ConductorParts;
  readonly #log: DecisionLog;
  readonly #ports: ConductorPorts;
  /** What came while the application's state was being put right. */
  #deferredInputs: LogInput[] = [];
  #deferredOutputs: LogOutput[] = [];
  #rebuilding = false;
  #draining = false;
  #ended = false;
  #config: Configuration | null;
  /** Captured, but not yet in the journal as far as it rests on. */
  #capture: Capture | null = null;
  #capturedRecords: number;
  #writtenIndex: number;

  constructor(parts: ConductorParts) {
    this.#parts = parts;
    this.#log = parts.log;
    this.#ports = parts.ports;
    this.#config = parts.config;
    this.#capturedRecords = parts.decider.records;
    this.#writtenIndex = parts.log.lastIndex;
    this.desk = new Desk(parts.decider, parts.log, {
      ...parts.desk,
      nowNs: parts.ports.nowNs,
      onProposed: (index) => this.#captureAt(index, parts.log.epoch),
    });
  }

  /** Newest configuration that the application's state rests on. */
  get config(): Configuration | null {
    return this.#config;
  }

  get rebuilding(): boolean {
    return this.#rebuilding;
  }

  /** Nothing is carried out any more. */
  end(): void {
    this.#ended = true;
  }

  /**
   * Takes the requests that have come and decides what the role allows, until there are none: then the serving threads have to wake this one. While the application's
   * state is put right, or a batch is under way that has to arrive first, requests stay in their rings.
   */
  turn(): void {
    do {
      if (this.#rebuilding || this.#ended) return;
      this.desk.turn(this.#ports.nowNs());
      this.#drain();
    } while (!this.desk.saturated && !this.desk.sleeps());
  }

  input(input: LogInput): void {
    if (this.#ended) return;
    if (this.#rebuilding) {
      this.#deferredInputs.push(input);
      return;
    }
    this.#log.step(input, this.#ports.nowNs());
    this.#drain();
  }

  /** The connection to the peer stands again: what was on its way may be lost. */
  reconnected(): void {
    this.desk.recallForwards();
    this.turn();
  }

  /** The application is in the state that `rebuild` asked for. */
  rebuilt(decider: Decider): void {
    this.#replace(decider);
    this.#rebuilding = false;
    this.#drain();
    const inputs = this.#deferredInputs;
    this.#deferredInputs = [];
    for (const input of inputs) this.input(input);
  }

  /** The state as it is now. */
  captureNow(epoch: number): Capture {
    const { decider } = this.desk;
    return {
      index: this.#log.lastIndex,
      epoch,
      config: this.#config,
      records: decider.records,
      state: decider.snapshot(),
    };
  }

  /** Carries out the outputs in order; what they cause comes behind them. Then moves requests and answers. */
  #drain(): void {
    if (this.#draining || this.#rebuilding) return;
    this.#draining = true;
    for (let outputs = this.#outputs(); outputs.length > 0; outputs = this.#outputs()) {
      for (let next = 0; next < outputs.length; next++) {
        this.#carryOut(outputs[next]!);
        if (!this.#rebuilding) continue;
        this.#deferredOutputs = outputs.slice(next + 1);
        break;
      }
      if (this.#rebuilding) break;
    }
    this.#draining = false;
    if (this.#rebuilding) return;
    this.#keepCapture();
    this.#moveOn();
  }

  #outputs(): LogOutput[] {
    const deferred = this.#deferredOutputs;
    this.#deferredOutputs = [];
    return deferred.length > 0 ? deferred : this.#log.take();
  }

  #moveOn(): void {
    const nowNs = this.#ports.nowNs();
    if (this.#parts.hasPeer) {
      for (const request of this.desk.forwards(nowNs)) {
        this.#log.step({ type: 'forward', id: 0, request }, nowNs);
      }
    }
    this.desk.release(nowNs);
    const answer = this.desk.answersForPeer();
    if (answer !== null) this.#log.step({ type: 'forwardAnswer', id: 0, answer }, nowNs);
    for (const output of this.#log.take()) {
      if (output.type === 'send') this.#ports.send(output.message);
    }
    this.#ports.answered();
  }

  #carryOut(output: LogOutput): void {
    const ports = this.#ports;
    const nowNs = ports.nowNs();
    switch (output.type) {
      case 'send':
        ports.send(output.message);
        break;
      case 'journal':
        this.#write(output.sequence, output.write);
        break;
      case 'apply':
        if (output.entry.kind === 'data') {
          this.desk.decider.apply(output.entry.payload, nowNs);
          this.#captureAt(output.entry.index, output.entry.epoch);
        } else this.#config = output.entry.config;
        break;
      case 'rollback':
        this.#rebuilding = true;
        this.#capture = null;
        ports.rebuild(output.index);
        break;
      case 'install':
        this.#config = output.snapshot.config;
        this.#capture = null;
        this.#replace(ports.install(output.snapshot));
        break;
      case 'takeSnapshot': {
        const state = this.desk.decider.snapshotPieces();
        this.#log.step({ type: 'snapshotTaken', index: this.#log.lastIndex, state }, nowNs);
        break;
      }
      case 'readRegister':
      case 'swapRegister':
        ports.askWitness(output);
        break;
      case 'fence':
        ports.fence();
        break;
      case 'role':
        this.#roleChanged(output.role, nowNs);
        break;
      case 'forwardRequest':
        this.desk.takeForwarded(output.request, nowNs);
        ports.soon();
        break;
      case 'forwardAnswered':
        this.desk.takeAnswers(output.answer, nowNs);
        break;
      case 'refused':
        ports.refused(output.reason);
        break;
      case 'committed':
        ports.soon();
        break;
    }
  }

  #roleChanged(role: Role, nowNs: number): void {
    this.#ports.tellRole(role);
    this.desk.recallForwards();
    if (role !== 'active' && role !== 'alone' && role !== 'holding') return;
    // Messages that changed no record were only seen by the node that served before: its dialogues begin their time anew here.
    this.desk.decider.restartTimers(nowNs);
    this.#ports.soon();
  }

  #write(sequence: number, write: Write): void {
    if (write.kind === 'append') {
      for (const entry of write.entries) {
        if (entry.kind === 'config') this.#config = entry.config;
        this.#writtenIndex = entry.index;
      }
    } else if (write.kind === 'piece') this.#ports.stage(write);
    else if (write.kind === 'reset') this.#writtenIndex = write.snapshot.index;
    this.#ports.write(sequence, write);
  }

  #replace(decider: Decider): void {
    this.#capturedRecords = decider.records;
    this.desk.replace(decider);
  }

  /** Both nodes see the same entries, so that they capture at the same one. */
  #captureAt(index: number, epoch: number): void {
    const { recordsPerCapture } = this.#parts;
    const { decider } = this.desk;
    const { records } = decider;
    const due =
      Math.floor(records / recordsPerCapture) > Math.floor(this.#capturedRecords / recordsPerCapture);
    if (!due || this.#capture !== null) return;
    this.#capturedRecords = records;
    this.#capture = { index, epoch, config: this.#config, records, state: decider.snapshot() };
  }

  /** What is in the journal is never taken back but by a snapshot, so a state that rests on no more than that is safe to keep. */
  #keepCapture(): void {
    if (this.#capture === null || this.#capture.index > this.#writtenIndex) return;
    const capture = this.#capture;
    this.#capture = null;
    this.#ports.keep(capture);
  }
}

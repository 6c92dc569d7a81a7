import { ClusterNode } from '../../cluster/node.js';
import type { Configuration, JournalWrite, Role } from '../../cluster/types.js';
import { formatHostPort } from '../../config/cluster-config.js';
import type { ApplicationRow } from '../../responder/statistics.js';
import type { Journal } from '../../storage/journal.js';
import { StorageError } from '../../storage/storage-error.js';
import { RuntimeFault } from '../faults.js';
import { applicationOf, billingOf } from '../respond/application.js';
import type { AgentParts } from './agent-parts.js';
import { guarded, newestConfig, openJournal, optionsOf, policyOf, weaknessOf } from './agent-setup.js';
import { applyRecords, encodeState, restoreState } from './billing-state.js';
import { Desk } from './desk.js';
import { Interconnect } from './interconnect.js';
import { Referees } from './referees.js';
import { checkpointAt, restore, toJournal } from './restore.js';
import { type DecisionLog, type LogInput, type LogOutput, SoloLog } from './solo.js';

const TICK_MS = 10;
/** A planned end waits for the peer to take over for this long. */
const HANDOVER_MS = 1_500;

/** Role in the words of the command line: who serves is `active`, with or without a peer in sync. */
const ROLE_WORD: Readonly<Partial<Record<Role, string>>> = { alone: 'active', catchingUp: 'passive' };

/** Carries out what a node's log asks for: journal, interconnect, witness, application. Ordinary asynchronous Node, in the main thread. */
export class ClusterAgent {
  readonly #parts: AgentParts;
  readonly #journal: Journal;
  readonly #desk: Desk;
  readonly #log: DecisionLog;
  readonly #interconnect: Interconnect | null = null;
  readonly #referees: Referees | null = null;
  /** What came while the application's state was being put right. */
  #deferredInputs: LogInput[] = [];
  #deferredOutputs: LogOutput[] = [];
  #rebuilding = false;
  #draining = false;
  #written = 0;
  #flushing = false;
  #failed = false;
  #timer: NodeJS.Timeout | null = null;
  #config: Configuration | null;
  #lastTrouble = '';
  #heldUntilNs = 0;
  #closing: Promise<void> | null = null;

  /** @throws RuntimeFault when the data folder cannot be used */
  constructor(parts: AgentParts) {
    const { config, nowNs } = parts;
    const { cluster } = config;
    this.#parts = parts;
    this.#journal = openJournal(config);
    const billing = billingOf(config, parts.epochUnixMs);
    const { stored, replayed } = guarded(() => restore(this.#journal, billing, nowNs()));
    this.#config = newestConfig(stored.entries, stored.base?.config ?? null);
    this.#desk = new Desk(applicationOf(billing, nowNs()), {
      durability: config.durability,
      requests: parts.requests,
      answers: parts.answers,
      nowNs,
    });
    this.#log =
      cluster === null
        ? new SoloLog(this.#journal.lastIndex)
        : new ClusterNode(optionsOf(config), stored, nowNs(), policyOf(config, this.#journal.cut !== null));
    this.#desk.attach(this.#log);
    const { cut } = this.#journal;
    parts.onEvent({
      event: 'journal',
      entries: this.#journal.lastIndex,
      replayed,
      dropped: cut?.dropped ?? 0,
    });
    if (cut !== null) {
      this.#trouble(
        `${this.#journal.folder}: ${cut.dropped} damaged entries were cut off behind entry ${cut.index}`,
      );
    }
    const weakness = weaknessOf(config);
    if (weakness !== null) {
      this.#journal.setWeakness(weakness);
      this.#trouble(`${weakness}: no exactly-once promise`);
    }
    if (cluster === null) return;
    this.#referees = new Referees(
      cluster,
      (input) => this.#input(input),
      (message) => this.#trouble(message),
    );
    this.#interconnect = new Interconnect({
      cluster: cluster.name,
      node: cluster.node,
      listen: cluster.interconnect,
      peer: cluster.peer,
      nowNs,
      onMessage: (message) => this.#input({ type: 'message', message }),
      onConnected: () => this.#again(),
      onPeerRefused: (instance) => this.#input({ type: 'peerRefused', instance }),
      peerInstance: () => (this.#log as ClusterNode<Uint8Array, Uint8Array>).peerInstance,
      onTrouble: (message) => this.#trouble(message),
      onCommand: (command, holdMs) => this.#command(command, holdMs),
    });
  }

  /** @throws RuntimeFault when the interconnect's address cannot be used */
  async start(): Promise<void> {
    await this.#interconnect?.start();
    this.#tellRole(this.#log.role);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** The serving thread has put requests into the ring. */
  requestsCame(): void {
    do this.#turn();
    while (!this.#parts.requests.sleep());
  }

  closeInterval(): { readonly row: ApplicationRow; readonly dropped: number } {
    const { application, dropped } = this.#desk;
    return { row: application.statistics.close(this.#parts.nowNs()), dropped };
  }

  /** Hands over where a peer can take over, and leaves the journal whole. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#log.role === 'active' && !this.#failed) {
      this.#input({ type: 'command', command: 'switchover' });
      const end = this.#parts.nowNs() + HANDOVER_MS * 1e6;
      const over = () => this.#log.role === 'passive' || this.#log.role === 'catchingUp';
      while (!over() && this.#parts.nowNs() < end)
        await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#interconnect?.close();
    const { lastIndex } = this.#log;
    if (!this.#failed && !this.#rebuilding && lastIndex > 0 && lastIndex === this.#journal.lastIndex) {
      await this.#journal.flushed().catch(() => undefined);
      for (const { epoch } of this.#journal.entries(lastIndex)) {
        checkpointAt(this.#journal, this.#desk.application.billing, lastIndex, epoch, this.#config);
      }
    }
    await this.#journal.close();
  }

  #tick(): void {
    this.#input({ type: 'tick' });
    this.#turn();
  }

  #turn(): void {
    if (this.#rebuilding || this.#failed) return;
    this.#desk.turn(this.#parts.nowNs());
    this.#drain();
  }

  #input(input: LogInput): void {
    if (this.#failed) return;
    if (this.#rebuilding) {
      this.#deferredInputs.push(input);
      return;
    }
    this.#log.step(input, this.#parts.nowNs());
    this.#drain();
  }

  /** Carries out the outputs in order; what they cause comes behind them. Then moves requests and answers. */
  #drain(): void {
    if (this.#draining || this.#rebuilding) return;
    this.#draining = true;
    for (let outputs = this.#outputs(); outputs.length > 0; outputs = this.#outputs()) {
      for (let next = 0; next < outputs.length; next++) {
        if (this.#carryOut(outputs[next]!)) continue;
        this.#deferredOutputs = outputs.slice(next + 1);
        break;
      }
      if (this.#rebuilding) break;
    }
    this.#draining = false;
    if (!this.#rebuilding) this.#moveOn();
  }

  #outputs(): LogOutput[] {
    const deferred = this.#deferredOutputs;
    this.#deferredOutputs = [];
    return deferred.length > 0 ? deferred : this.#log.take();
  }

  #moveOn(): void {
    const nowNs = this.#parts.nowNs();
    if (this.#interconnect !== null) {
      for (const request of this.#desk.forwards(nowNs)) {
        this.#log.step({ type: 'forward', id: 0, request }, nowNs);
      }
    }
    this.#desk.release(nowNs);
    const answer = this.#desk.answersForPeer();
    if (answer !== null) this.#log.step({ type: 'forwardAnswer', id: 0, answer }, nowNs);
    for (const output of this.#log.take()) {
      if (output.type === 'send') this.#interconnect?.send(output.message);
    }
    if (this.#parts.answers.shouldWake()) this.#parts.wake();
  }

  /** @returns false when the outputs behind it have to wait */
  #carryOut(output: LogOutput): boolean {
    const nowNs = this.#parts.nowNs();
    switch (output.type) {
      case 'send':
        this.#interconnect?.send(output.message);
        break;
      case 'journal':
        this.#write(output.sequence, output.write);
        break;
      case 'apply':
        if (output.entry.kind === 'data') {
          applyRecords(this.#desk.application.billing, output.entry.payload, nowNs);
        } else this.#config = output.entry.config;
        break;
      case 'rollback':
        void this.#rebuild(output.index);
        return false;
      case 'install':
        this.#config = output.snapshot.config;
        this.#newApplication((billing) => restoreState(billing, output.snapshot.state, nowNs));
        break;
      case 'takeSnapshot':
        this.#log.step(
          {
            type: 'snapshotTaken',
            index: this.#log.lastIndex,
            state: encodeState(this.#desk.application.billing),
          },
          nowNs,
        );
        break;
      case 'readRegister':
      case 'swapRegister':
        void this.#referees?.ask(output);
        break;
      case 'fence':
        this.#referees?.fence();
        break;
      case 'role':
        this.#tellRole(output.role);
        this.#desk.recallForwards();
        if (output.role === 'active' || output.role === 'alone' || output.role === 'holding')
          setImmediate(() => this.#turn());
        break;
      case 'forwardRequest':
        this.#desk.takeForwarded(output.request, nowNs);
        setImmediate(() => this.#turn());
        break;
      case 'forwardAnswered':
        this.#desk.takeAnswers(output.answer, nowNs);
        break;
      case 'refused':
        this.#trouble(output.reason);
        break;
      case 'committed':
        break;
    }
    return true;
  }

  #write(sequence: number, write: JournalWrite<Uint8Array, Uint8Array>): void {
    this.#written = sequence;
    switch (write.kind) {
      case 'append':
        this.#journal.append(write.entries.map(toJournal));
        for (const entry of write.entries) if (entry.kind === 'config') this.#config = entry.config;
        break;
      case 'promise':
        this.#journal.setPromise(new TextEncoder().encode(JSON.stringify(write.promised)));
        break;
      case 'reset': {
        const { index, epoch, config, state } = write.snapshot;
        this.#journal.reset({ index, epoch, head: JSON.stringify(config), state });
      }
    }
    if (!this.#flushing) void this.#flush();
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    try {
      for (let done = 0; done < this.#written; ) {
        // What else is written in this turn shares the commit.
        await null;
        const sequence = this.#written;
        await this.#journal.flushed();
        done = sequence;
        this.#input({ type: 'flushed', sequence });
      }
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.#flushing = false;
    }
  }

  /** Brings the application back to the journal's state up to `index`: what came later never happened. */
  async #rebuild(index: number): Promise<void> {
    this.#rebuilding = true;
    try {
      await this.#journal.flushed();
      this.#newApplication((billing) => restore(this.#journal, billing, this.#parts.nowNs(), index));
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    this.#rebuilding = false;
    this.#drain();
    const inputs = this.#deferredInputs;
    this.#deferredInputs = [];
    for (const input of inputs) this.#input(input);
  }

  #newApplication(fill: (billing: ReturnType<typeof billingOf>) => void): void {
    const { config, epochUnixMs, nowNs } = this.#parts;
    const billing = billingOf(config, epochUnixMs);
    fill(billing);
    const application = applicationOf(billing, nowNs());
    this.#desk.replace(application);
  }

  /** The connection stands again: what was on its way may be lost. */
  #again(): void {
    this.#desk.recallForwards();
    this.#turn();
  }

  #command(command: string, holdMs: number): unknown {
    switch (command) {
      case 'status':
        return this.#status();
      case 'hold':
        this.#heldUntilNs = this.#parts.nowNs() + holdMs * 1e6;
        this.#input({ type: 'hold', untilNs: this.#heldUntilNs });
        return { ok: true, ...this.#status() };
      case 'switchover':
      case 'promote':
      case 'promoteAcceptLoss': {
        this.#lastTrouble = '';
        this.#input({ type: 'command', command });
        const refused = this.#lastTrouble;
        return { ok: refused === '', ...(refused === '' ? {} : { reason: refused }), ...this.#status() };
      }
      default:
        return { ok: false, reason: `no such command: ${command}` };
    }
  }

  #status() {
    const { cluster } = this.#parts.config;
    const { role, epoch, inSync, lastIndex, committed, peerDurable } = this.#log;
    return {
      cluster: cluster?.name,
      node: cluster?.node,
      pid: process.pid,
      role: ROLE_WORD[role] ?? role,
      state: role,
      epoch,
      inSync,
      lastIndex,
      committed,
      /** Entries that the peer lacks; only the node that serves knows. */
      lag: role === 'active' || role === 'alone' ? lastIndex - peerDurable : null,
      peerConnected: this.#interconnect?.connected ?? false,
      peer: cluster === null ? null : formatHostPort(cluster.peer),
      requestsWaiting: this.#desk.waiting,
      requestsForwarded: this.#desk.forwarded,
      deadAfterMs: (cluster?.deadAfterNs ?? 0) / 1e6,
      heldForMs: Math.max(0, this.#heldUntilNs - this.#parts.nowNs()) / 1e6,
    };
  }

  #tellRole(state: Role): void {
    const { epoch, inSync } = this.#log;
    const at = new Date(this.#parts.epochUnixMs + this.#parts.nowNs() / 1e6).toISOString();
    this.#parts.onEvent({ event: 'role', at, role: ROLE_WORD[state] ?? state, state, epoch, inSync });
  }

  #trouble(message: string): void {
    if (message === this.#lastTrouble) return;
    this.#lastTrouble = message;
    this.#parts.onEvent({ event: 'trouble', message });
  }

  #fail(cause: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#parts.onFailure(
      cause instanceof StorageError ? new RuntimeFault('system', cause.message) : (cause as Error),
    );
  }
}

import { ClusterNode } from '../../cluster/node.js';
import type { JournalWrite, Role } from '../../cluster/types.js';
import { formatHostPort } from '../../config/cluster-config.js';
import type { Billing } from '../../responder/billing.js';
import { StateIntake } from '../../responder/snapshot.js';
import { type ApplicationRow, ApplicationStatistics } from '../../responder/statistics.js';
import type { Journal } from '../../storage/journal.js';
import { StorageError } from '../../storage/storage-error.js';
import { RuntimeFault } from '../faults.js';
import { applicationOf, billingOf, ledgerTermsOf } from '../respond/application.js';
import type { AgentParts } from './agent-parts.js';
import { guarded, openJournal, optionsOf, policyOf, weaknessOf } from './agent-setup.js';
import { BillingDecider } from './billing-decider.js';
import { Conductor, type ConductorPorts } from './conductor.js';
import { SAFE_DESK } from './desk.js';
import { Interconnect } from './interconnect.js';
import { Referees } from './referees.js';
import { durableState, factsOf, restore, toJournal, toStored } from './restore.js';
import { SlowSyncs } from './slow-syncs.js';
import { type DecisionLog, SoloLog } from './solo.js';

const TICK_MS = 10;
/** A planned end waits for the peer to take over for this long. */
const HANDOVER_MS = 1_500;
/** Requests that came less than this after the last look at them wait until then and are one batch: a wake-up costs more than a request. */
const TURN_NS_MIN = 1e6;
/** A start reads no more records than about this many; as often a node copies its state, which takes some milliseconds. */
const RECORDS_PER_CAPTURE = 500_000;

/** Role in the words of the command line: who serves is `active`, with or without a peer in sync. */
const ROLE_WORD: Readonly<Partial<Record<Role, string>>> = { alone: 'active', catchingUp: 'passive' };

/** A node with a ledger: its conductor, and the journal, interconnect and witness that it works with. Ordinary asynchronous Node, in the main thread. */
export class ClusterAgent {
  readonly #parts: AgentParts;
  readonly #journal: Journal;
  readonly #log: DecisionLog;
  readonly #conductor: Conductor;
  /** Of this node, whatever becomes of the application's state. */
  readonly #statistics: ApplicationStatistics;
  readonly #interconnect: Interconnect | null = null;
  readonly #referees: Referees | null = null;
  readonly #slowSyncs = new SlowSyncs();
  #written = 0;
  #flushing = false;
  #failed = false;
  #timer: NodeJS.Timeout | null = null;
  #turnedNs = 0;
  #turnPlanned = false;
  #lastTrouble = '';
  #heldUntilNs = 0;
  #closing: Promise<void> | null = null;
  /** The application in the state that the other node sends, as far as it came. */
  #intake: StateIntake | null = null;

  /** @throws RuntimeFault when the data folder cannot be used */
  constructor(parts: AgentParts) {
    const { config, nowNs } = parts;
    const { cluster } = config;
    this.#parts = parts;
    this.#statistics = new ApplicationStatistics(nowNs());
    this.#journal = openJournal(config);
    const billing = billingOf(config, parts.epochUnixMs);
    const restored = guarded(() => restore(this.#journal, billing, nowNs()));
    const stored = durableState(this.#journal, restored.config);
    this.#log =
      cluster === null
        ? new SoloLog(this.#journal.lastIndex)
        : new ClusterNode(optionsOf(config), stored, nowNs(), policyOf(config, this.#journal.cut !== null));
    this.#conductor = new Conductor({
      log: this.#log,
      decider: this.#deciderOf(billing),
      config: restored.config,
      desk: {
        durability: config.durability,
        lanes: parts.lanes,
        rules: SAFE_DESK,
      },
      ports: this.#ports(),
      hasPeer: cluster !== null,
      recordsPerCapture: RECORDS_PER_CAPTURE,
    });
    this.#tellStart(restored.replayed);
    if (cluster === null) return;
    this.#referees = new Referees(
      cluster,
      (input) => this.#conductor.input(input),
      (message) => this.#trouble(message),
    );
    this.#interconnect = new Interconnect({
      cluster: cluster.name,
      node: cluster.node,
      ledger: ledgerTermsOf(config),
      listen: cluster.interconnect,
      peer: cluster.peer,
      witness: cluster.witness !== null,
      nowNs,
      onMessage: (message) => this.#conductor.input({ type: 'message', message }),
      onConnected: () => this.#conductor.reconnected(),
      onPeerRefused: (instance) => this.#conductor.input({ type: 'peerRefused', instance }),
      peerInstance: () => (this.#log as ClusterNode<Uint8Array, Uint8Array>).peerInstance,
      onTrouble: (message) => this.#trouble(message),
      onCommand: (command, holdMs) => this.#command(command, holdMs),
    });
  }

  /** @throws RuntimeFault when the interconnect's address cannot be used */
  async start(): Promise<void> {
    await this.#interconnect?.start();
    this.#referees?.start();
    this.#tellRole(this.#log.role);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** A serving thread has put requests into its ring. */
  requestsCame(): void {
    if (this.#turnPlanned || this.#failed) return;
    const waitNs = this.#turnedNs + TURN_NS_MIN - this.#parts.nowNs();
    if (waitNs > 0) this.#planTurn(1);
    else this.#turn();
  }

  closeInterval(): { readonly row: ApplicationRow; readonly dropped: number } {
    return { row: this.#statistics.close(this.#parts.nowNs()), dropped: this.#conductor.desk.dropped };
  }

  /** Hands over where a peer can take over, and leaves the journal whole. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#log.role === 'active' && !this.#failed) {
      this.#conductor.input({ type: 'command', command: 'switchover' });
      const end = this.#parts.nowNs() + HANDOVER_MS * 1e6;
      const over = () => this.#log.role === 'passive' || this.#log.role === 'catchingUp';
      while (!over() && this.#parts.nowNs() < end)
        await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#interconnect?.close();
    await this.#referees?.close();
    const { lastIndex } = this.#log;
    if (!this.#failed && !this.#conductor.rebuilding && lastIndex === this.#journal.lastIndex) {
      await this.#journal.flushed().catch(() => undefined);
      for (const { index, epoch } of this.#journal.newestEntries()) {
        if (index === lastIndex) await this.#keep(toStored(this.#conductor.captureNow(epoch)));
        break;
      }
    }
    await this.#journal.close();
  }

  #tick(): void {
    this.#conductor.input({ type: 'tick' });
    if (!this.#turnPlanned) this.#turn();
  }

  #turn(): void {
    this.#turnedNs = this.#parts.nowNs();
    this.#conductor.turn();
  }

  /** @param ms 0: as soon as what goes on now is over */
  #planTurn(ms: number): void {
    if (this.#turnPlanned || this.#failed) return;
    this.#turnPlanned = true;
    const turn = (): void => {
      this.#turnPlanned = false;
      this.#turn();
    };
    if (ms === 0) setImmediate(turn);
    else setTimeout(turn, ms);
  }

  #ports(): ConductorPorts {
    const { lanes, nowNs, wake } = this.#parts;
    return {
      nowNs,
      send: (message) => this.#interconnect?.send(message),
      write: (sequence, write) => this.#write(sequence, write),
      askWitness: (output) => void this.#referees?.ask(output),
      fence: () => this.#referees?.fence(),
      rebuild: (index) => void this.#rebuild(index),
      stage: ({ piece, state }) => this.#stage(piece, state),
      install: () => this.#install(),
      tellRole: (role) => this.#tellRole(role),
      refused: (reason) => this.#trouble(reason),
      soon: () => this.#planTurn(0),
      answered: () => {
        lanes.forEach(({ answers }, lane) => {
          if (answers.shouldWake()) wake(lane);
        });
      },
      keep: (capture) => void this.#keep(toStored(capture)).catch((cause) => this.#fail(cause)),
    };
  }

  #keep(stored: Parameters<Journal['keep']>[0]): Promise<void> {
    return this.#journal.keep(stored, this.#parts.config.keepRecords);
  }

  #write(sequence: number, write: JournalWrite<Uint8Array, Uint8Array>): void {
    this.#written = sequence;
    switch (write.kind) {
      case 'append':
        this.#journal.append(write.entries.map(toJournal));
        break;
      case 'promise':
        this.#journal.setPromise(new TextEncoder().encode(JSON.stringify(write.promised)));
        break;
      case 'piece':
        this.#journal.stage(write.piece, write.state);
        break;
      case 'reset': {
        const { records } = this.#conductor.desk.decider;
        this.#journal.reset(factsOf({ ...write.snapshot, records }));
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
        const fromNs = this.#parts.nowNs();
        await this.#journal.flushed();
        done = sequence;
        this.#conductor.input({ type: 'flushed', sequence });
        this.#synced(fromNs);
      }
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.#flushing = false;
    }
  }

  #synced(fromNs: number): void {
    const { nowNs, onEvent } = this.#parts;
    const ns = nowNs() - fromNs;
    if (this.#slowSyncs.took(ns)) onEvent({ event: 'slowSync', at: this.#clock(fromNs), tookMs: ns / 1e6 });
  }

  /** Brings the application back to the journal's state up to `index`: what came later never happened. */
  async #rebuild(index: number): Promise<void> {
    const { nowNs } = this.#parts;
    try {
      await this.#journal.flushed();
      const decider = this.#newDecider((billing) => restore(this.#journal, billing, nowNs(), index));
      this.#conductor.rebuilt(decider);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #newDecider(fill: (billing: Billing) => void): BillingDecider {
    const { config, epochUnixMs } = this.#parts;
    const billing = billingOf(config, epochUnixMs);
    fill(billing);
    return this.#deciderOf(billing);
  }

  /** Each piece goes into the new application as it comes: all at once they would hold up what this node forwards. */
  #stage(piece: number, state: Uint8Array): void {
    const { config, epochUnixMs, nowNs } = this.#parts;
    if (piece === 0) this.#intake = new StateIntake(billingOf(config, epochUnixMs), nowNs());
    this.#intake?.take(state);
  }

  #install(): BillingDecider {
    const intake = this.#intake;
    this.#intake = null;
    if (intake === null) throw new Error('ledger: a state is to be installed of which there is no piece');
    return this.#deciderOf(intake.end());
  }

  #deciderOf(billing: Billing): BillingDecider {
    return new BillingDecider(applicationOf(billing, this.#statistics));
  }

  #command(command: string, holdMs: number): unknown {
    switch (command) {
      case 'status':
        return this.#status();
      case 'hold':
        this.#heldUntilNs = this.#parts.nowNs() + holdMs * 1e6;
        this.#conductor.input({ type: 'hold', untilNs: this.#heldUntilNs });
        return { ok: true, ...this.#status() };
      case 'switchover':
      case 'promote':
      case 'promoteAcceptLoss': {
        this.#lastTrouble = '';
        this.#conductor.input({ type: 'command', command });
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
      requestsWaiting: this.#conductor.desk.waiting,
      requestsForwarded: this.#conductor.desk.forwarded,
      deadAfterMs: (cluster?.deadAfterNs ?? 0) / 1e6,
      heldForMs: Math.max(0, this.#heldUntilNs - this.#parts.nowNs()) / 1e6,
    };
  }

  #clock(ns: number): string {
    return new Date(this.#parts.epochUnixMs + ns / 1e6).toISOString();
  }

  #tellRole(state: Role): void {
    const { epoch, inSync } = this.#log;
    const at = this.#clock(this.#parts.nowNs());
    this.#parts.onEvent({ event: 'role', at, role: ROLE_WORD[state] ?? state, state, epoch, inSync });
  }

  #tellStart(replayed: number): void {
    const { folder, lastIndex, cut } = this.#journal;
    this.#parts.onEvent({ event: 'journal', entries: lastIndex, replayed, dropped: cut?.dropped ?? 0 });
    if (cut !== null)
      this.#trouble(`${folder}: ${cut.dropped} damaged entries were cut off behind entry ${cut.index}`);
    const weakness = weaknessOf(this.#parts.config);
    if (weakness === null) return;
    this.#journal.setWeakness(weakness);
    this.#trouble(`${weakness}: no exactly-once promise`);
  }

  #trouble(message: string): void {
    if (message === this.#lastTrouble) return;
    this.#lastTrouble = message;
    this.#parts.onEvent({ event: 'trouble', message });
  }

  #fail(cause: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#conductor.end();
    this.#parts.onFailure(
      cause instanceof StorageError ? new RuntimeFault('system', cause.message) : (cause as Error),
    );
  }
}

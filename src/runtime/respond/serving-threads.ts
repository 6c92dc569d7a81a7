import type { RespondConfig } from '../../config/respond-config.js';
import type { Binding, Carrier, SctpEndpoint } from '../../transport/sctp.js';
import { COMMAND, Control, WORKER_STATE } from '../control.js';
import { buffersOf, type Lane } from '../ledger/lane.js';
import { WorkerPool } from '../pool.js';
import { rehearsalPlan } from '../rehearsal-plan.js';
import { Muster } from './muster.js';
import type { ResponderMessage } from './station.js';
import type { ResponderWorkerData } from './worker.js';

/** What one serving thread did in a time. */
export interface WorkerShare {
  readonly requests: number;
  readonly cpuMs: number;
}

export interface ThreadParts {
  readonly config: RespondConfig;
  readonly carrier: Carrier;
  readonly targets: readonly SctpEndpoint[];
  /** One a thread; null when the only thread decides by itself. */
  readonly lanes: readonly Lane[] | null;
}

/**
 * The serving threads of a responder. Each has a socket on the same endpoint and the associations whose packets the system gives to it, so whatever comes on
 * one association, and so whatever has one SLS, stays in order.
 */
export class ServingThreads {
  readonly count: number;
  readonly #binding: Binding;
  readonly #controls: readonly Control[];
  #shown: WorkerShare[];
  #pool: WorkerPool<ResponderMessage> | null = null;

  constructor(binding: Binding, count: number) {
    this.count = count;
    this.#binding = binding;
    this.#controls = Array.from({ length: count }, () => new Control());
    this.#shown = this.#controls.map(() => ({ requests: 0, cpuMs: 0 }));
  }

  /** @param onMessage gets the thread's number too */
  start(parts: ThreadParts, onMessage: (worker: number, message: ResponderMessage) => void): void {
    const { lanes, ...common } = parts;
    const muster = new Muster();
    const rehearsal = rehearsalPlan();
    const dataFor = (worker: number): ResponderWorkerData => ({
      ...common,
      worker,
      rehearsal,
      control: this.#controls[worker]!.buffer,
      muster: muster.buffer,
      lane: lanes === null ? null : buffersOf(lanes[worker]!),
    });
    const pool = new WorkerPool<ResponderMessage>(
      this.count,
      new URL('./worker.js', import.meta.url),
      (worker) => ({ value: dataFor(worker) }),
      onMessage,
    );
    this.#pool = pool;
    // The others' associations would live on, but a part of the peers would reach nobody.
    void pool.failed().then(() => this.quit());
  }

  wake(worker: number): void {
    const control = this.#controls[worker]!;
    if (control.state !== WORKER_STATE.booting) this.#binding.wake(control.wakeHandle);
  }

  /** Lets every thread leave its loop. */
  quit(): void {
    this.#controls.forEach((control, worker) => {
      control.command = COMMAND.quit;
      this.wake(worker);
    });
  }

  /** Requests that all threads have taken since the start. */
  get requests(): number {
    return this.#controls.reduce((sum, { requests }) => sum + requests, 0);
  }

  /** What each thread did since the last call. */
  takeShares(): WorkerShare[] {
    const now = this.#controls.map(({ requests, cpuNs }) => ({ requests, cpuMs: cpuNs / 1e6 }));
    const shares = now.map(({ requests, cpuMs }, worker) => {
      const before = this.#shown[worker]!;
      return { requests: requests - before.requests, cpuMs: cpuMs - before.cpuMs };
    });
    this.#shown = now;
    return shares;
  }

  /** Settles when all have ended, with the fault that ended one, null without. */
  async ended(): Promise<Error | null> {
    const ends = (await this.#pool?.ended()) ?? [];
    return ends.find(({ error }) => error !== null)?.error ?? null;
  }
}

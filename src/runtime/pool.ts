import { type MessagePort, Worker } from 'node:worker_threads';

/** How one worker of a pool ended. */
export interface WorkerEnd {
  readonly index: number;
  /** Null when it left its loop by itself. */
  readonly error: Error | null;
}

/**
 * A fixed set of worker threads running one entry file. Nothing is ever terminated: a worker blocked in native code must be
 * woken and leave its loop by itself, so ending one is its owner's business; the pool only tells when it has happened.
 */
export class WorkerPool<Message> {
  readonly #ends: Promise<WorkerEnd>[] = [];

  /**
   * @param entry compiled entry file (a worker cannot start from TypeScript on Node 20)
   * @param dataFor what worker `index` finds in `workerData`, and the ports that go over with it
   * @param onMessage called for everything a worker posts
   */
  constructor(
    count: number,
    entry: URL,
    dataFor: (index: number) => { readonly value: unknown; readonly transfer?: readonly MessagePort[] },
    onMessage: (index: number, message: Message) => void,
  ) {
    for (let index = 0; index < count; index++) {
      const { value, transfer } = dataFor(index);
      const worker = new Worker(entry, { workerData: value, transferList: [...(transfer ?? [])] });
      worker.on('message', (message: Message) => onMessage(index, message));
      this.#ends.push(
        new Promise((resolve) => {
          let error: Error | null = null;
          worker.once('error', (cause) => {
            error = cause instanceof Error ? cause : new Error(String(cause));
          });
          worker.once('exit', () => resolve({ index, error }));
        }),
      );
    }
  }

  /** Settles when every worker has ended. */
  ended(): Promise<WorkerEnd[]> {
    return Promise.all(this.#ends);
  }

  /** Settles with the first worker that ends with an error; never settles otherwise. */
  failed(): Promise<WorkerEnd> {
    return new Promise((resolve) => {
      for (const end of this.#ends) {
        void end.then((result) => {
          if (result.error !== null) resolve(result);
        });
      }
    });
  }
}

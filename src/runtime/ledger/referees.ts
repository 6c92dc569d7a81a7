import { spawn } from 'node:child_process';
import { type ClusterConfig, formatHostPort } from '../../config/cluster-config.js';
import { EtcdLease } from './lease.js';
import type { LogInput, LogOutput } from './solo.js';
import { EtcdWitness } from './witness.js';

/** What a node asks when it does not reach its peer: the witness, and the fencing command. */
export class Referees {
  readonly #cluster: ClusterConfig;
  readonly #witness: EtcdWitness | null;
  readonly #lease: EtcdLease | null;
  readonly #input: (input: LogInput) => void;
  readonly #trouble: (message: string) => void;
  #fencing = false;

  /** @param input takes what they answer */
  constructor(cluster: ClusterConfig, input: (input: LogInput) => void, trouble: (message: string) => void) {
    this.#cluster = cluster;
    this.#input = input;
    this.#trouble = trouble;
    const { witness: address, name, node, deadAfterNs } = cluster;
    this.#witness = address === null ? null : new EtcdWitness(address, name, node);
    this.#lease =
      address === null
        ? null
        : new EtcdLease({ address, cluster: name, node, deadAfterNs, onTrouble: trouble });
  }

  start(): void {
    this.#lease?.start();
  }

  async close(): Promise<void> {
    await this.#lease?.close();
  }

  /** A witness that does not answer is told as trouble; the log asks again. */
  async ask(output: Extract<LogOutput, { type: 'readRegister' | 'swapRegister' }>): Promise<void> {
    const witness = this.#witness;
    if (witness === null) return;
    const { attempt } = output;
    try {
      if (output.type === 'readRegister') {
        this.#input({ type: 'registerRead', attempt, ...(await witness.read()) });
      } else {
        const swapped = await witness.swap(output.register, output.revision);
        this.#input({ type: 'registerSwapped', attempt, swapped });
      }
    } catch (cause) {
      const address = formatHostPort(this.#cluster.witness!);
      this.#trouble(`witness ${address} cannot be asked: ${(cause as Error).message}`);
      this.#input({ type: 'witnessFailed', attempt });
    }
  }

  /** Runs the fencing command, one at a time; only its success is an answer. */
  fence(): void {
    const { fence } = this.#cluster;
    if (fence === null || this.#fencing) return;
    this.#fencing = true;
    const child = spawn('/bin/sh', ['-c', fence], { stdio: 'ignore' });
    child.once('error', () => undefined);
    child.once('close', (code) => {
      this.#fencing = false;
      if (code === 0) this.#input({ type: 'fenceSucceeded' });
      else
        this.#trouble(
          `the fencing command ended with ${code}: the peer may live, so this node does not serve`,
        );
    });
  }
}

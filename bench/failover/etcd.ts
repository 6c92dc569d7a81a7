import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { parseHostPort } from '../../src/config/cluster-config.js';
import { EtcdWitness } from '../../src/runtime/ledger/witness.js';
import { freeTcpPort } from '../free-port.js';

/** An etcd of its own, on loopback unless told otherwise: the witness of a cluster under test (Debian package etcd-server). */
export class Etcd {
  readonly address: string;
  readonly #folder: string;
  readonly #host: string;
  readonly #ports: readonly [number, number];
  #child: ChildProcess | null = null;

  private constructor(folder: string, host: string, ports: readonly [number, number]) {
    this.#folder = folder;
    this.#host = host;
    this.#ports = ports;
    this.address = `etcd://${host}:${ports[0]}`;
  }

  /** @throws Error when etcd is not installed or does not come up */
  static async start(folder: string, host = '127.0.0.1'): Promise<Etcd> {
    mkdirSync(folder, { recursive: true });
    const etcd = new Etcd(folder, host, [await freeTcpPort(), await freeTcpPort()]);
    await etcd.start();
    return etcd;
  }

  async start(): Promise<void> {
    const [client, peer] = this.#ports;
    const url = (port: number) => `http://${this.#host}:${port}`;
    const child = spawn(
      'etcd',
      [
        ...['--data-dir', this.#folder, '--name', 'w', '--log-level', 'error'],
        ...['--listen-client-urls', url(client), '--advertise-client-urls', url(client)],
        ...['--listen-peer-urls', url(peer), '--initial-advertise-peer-urls', url(peer)],
        ...['--initial-cluster', `w=${url(peer)}`],
      ],
      { stdio: 'ignore' },
    );
    this.#child = child;
    process.once('exit', () => child.kill('SIGKILL'));
    let fault: Error | null = null;
    child.once('error', (cause) => {
      fault = cause;
    });
    for (let attempt = 0; attempt < 100; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (fault !== null) throw new Error(`etcd (package etcd-server): ${(fault as Error).message}`);
      const healthy = await fetch(`${url(client)}/health`)
        .then(({ ok }) => ok)
        .catch(() => false);
      if (healthy) return;
    }
    throw new Error('etcd did not come up');
  }

  /**
   * Waits until the register of cluster `lab` counts both nodes in: only then may either be promoted.
   * @returns how long that took, ms; null when it did not come to that within `patienceMs`
   */
  async untilBoth(patienceMs: number): Promise<number | null> {
    const witness = new EtcdWitness(parseHostPort(this.address.replace('etcd://', '')), 'lab', 'a');
    const began = performance.now();
    for (;;) {
      const { register } = await witness.read();
      const passedMs = performance.now() - began;
      if (register?.members === 'both') return passedMs;
      if (passedMs > patienceMs) return null;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}

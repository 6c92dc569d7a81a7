import type { NodeId } from '../../cluster/types.js';
import type { HostPort } from '../../config/cluster-config.js';
import { askEtcd, base64 } from './etcd.js';

/** etcd grants no less by default: 1.5 election time-outs, in whole seconds. */
const TTL_SECONDS_MIN = 2;
/** A lease is renewed so many times in its life. */
const RENEWALS = 4;

/** Key, in base64, that is there while the lease of a node has not run out. */
export function leaseKey(cluster: string, node: NodeId): string {
  return base64(`busyhour/${cluster}/lease/${node}`);
}

export interface LeaseParts {
  readonly address: HostPort;
  readonly cluster: string;
  readonly node: NodeId;
  /** The lease outlives this silence of its node. */
  readonly deadAfterNs: number;
  /** It could not be renewed; it is tried again. */
  readonly onTrouble: (message: string) => void;
}

/**
 * A node's lease at the witness: it runs out by etcd's clock when its process hangs, is frozen or is gone, and lives while only the interconnect is cut. It tells
 * the peer when to ask for the right to serve, and gives nobody any right.
 */
export class EtcdLease {
  readonly #parts: LeaseParts;
  readonly #ttlSeconds: number;
  /** Empty without one. */
  #id = '';
  #timer: NodeJS.Timeout | null = null;
  #renewing = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#ttlSeconds = Math.max(TTL_SECONDS_MIN, Math.ceil(parts.deadAfterNs / 1e9));
  }

  start(): void {
    this.#timer = setInterval(() => void this.#renew(), (this.#ttlSeconds * 1000) / RENEWALS);
    void this.#renew();
  }

  /** Gives the lease back, so that nobody waits for it to run out. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    const id = this.#id;
    this.#id = '';
    if (id !== '') await askEtcd(this.#parts.address, 'lease/revoke', { ID: id }).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    if (this.#renewing) return;
    this.#renewing = true;
    try {
      if (this.#id === '' || !(await this.#keptAlive())) await this.#grant();
    } catch (cause) {
      this.#parts.onTrouble(`the lease at the witness was not renewed: ${(cause as Error).message}`);
    } finally {
      this.#renewing = false;
    }
  }

  /** @returns whether it was there still */
  async #keptAlive(): Promise<boolean> {
    const { result } = (await askEtcd(this.#parts.address, 'lease/keepalive', { ID: this.#id })) as {
      readonly result?: { readonly TTL?: string };
    };
    return Number(result?.TTL ?? 0) > 0;
  }

  async #grant(): Promise<void> {
    const { address, cluster, node } = this.#parts;
    const granted = (await askEtcd(address, 'lease/grant', { TTL: String(this.#ttlSeconds) })) as {
      readonly ID?: string;
    };
    const lease = granted.ID ?? '';
    await askEtcd(address, 'kv/put', { key: leaseKey(cluster, node), value: base64(node), lease });
    // Closed meanwhile: what was just granted runs out by itself.
    if (this.#timer !== null) this.#id = lease;
  }
}

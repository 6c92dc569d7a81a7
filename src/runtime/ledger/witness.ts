import { type NodeId, peerOf, type Register } from '../../cluster/types.js';
import type { HostPort } from '../../config/cluster-config.js';
import { askEtcd, base64 } from './etcd.js';
import { leaseKey } from './lease.js';

interface RangeResponse {
  readonly kvs?: readonly { readonly value: string; readonly mod_revision: string }[];
}

interface TxnResponse {
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: RangeResponse }[];
}

/** What the witness says at one moment. */
export interface Testimony {
  /** Null when there is none. */
  readonly register: Register | null;
  readonly revision: number;
  /** The peer's lease has not run out. */
  readonly peerLives: boolean;
}

/** The register of a cluster in etcd: one key, changed by compare-and-set on its revision only; beside it the leases of both nodes. */
export class EtcdWitness {
  readonly #address: HostPort;
  readonly #key: string;
  readonly #peerKey: string;

  constructor(address: HostPort, cluster: string, node: NodeId) {
    this.#address = address;
    this.#key = base64(`busyhour/${cluster}/register`);
    this.#peerKey = leaseKey(cluster, peerOf(node));
  }

  /** Register and lease as they are in one revision of etcd. @throws Error when etcd does not answer */
  async read(): Promise<Testimony> {
    const { responses } = (await askEtcd(this.#address, 'kv/txn', {
      success: [{ requestRange: { key: this.#key } }, { requestRange: { key: this.#peerKey } }],
    })) as TxnResponse;
    const [found, lease] = [0, 1].map((i) => responses?.[i]?.response_range?.kvs?.[0]);
    const peerLives = lease !== undefined;
    if (found === undefined) return { register: null, revision: 0, peerLives };
    const register = JSON.parse(Buffer.from(found.value, 'base64').toString()) as Register;
    return { register, revision: Number(found.mod_revision), peerLives };
  }

  /** Writes the register if its revision is still `revision`. @returns whether it was written */
  async swap(register: Register, revision: number): Promise<boolean> {
    const { succeeded } = (await askEtcd(this.#address, 'kv/txn', {
      compare: [{ key: this.#key, target: 'MOD', result: 'EQUAL', mod_revision: String(revision) }],
      success: [{ requestPut: { key: this.#key, value: base64(JSON.stringify(register)) } }],
    })) as TxnResponse;
    return succeeded === true;
  }
}

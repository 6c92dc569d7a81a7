import type { Register } from '../../cluster/types.js';
import { formatHostPort, type HostPort } from '../../config/cluster-config.js';

/** A witness that does not answer for this long is taken as unreachable. */
const PATIENCE_MS = 2_000;

interface RangeResponse {
  readonly kvs?: readonly { readonly value: string; readonly mod_revision: string }[];
}

/**
 * The register of a cluster in etcd, through its JSON gateway (etcd 3.4 and later, `/v3/kv`): one key, changed by compare-and-set on its
 * revision only.
 */
export class EtcdWitness {
  readonly #base: string;
  readonly #key: string;

  constructor(address: HostPort, cluster: string) {
    this.#base = `http://${formatHostPort(address)}/v3/kv`;
    this.#key = Buffer.from(`busyhour/${cluster}/register`).toString('base64');
  }

  /** The register, null when there is none, and its revision. @throws Error when etcd does not answer */
  async read(): Promise<{ readonly register: Register | null; readonly revision: number }> {
    const { kvs } = (await this.#post('range', { key: this.#key })) as RangeResponse;
    const found = kvs?.[0];
    if (found === undefined) return { register: null, revision: 0 };
    const register = JSON.parse(Buffer.from(found.value, 'base64').toString()) as Register;
    return { register, revision: Number(found.mod_revision) };
  }

  /** Writes the register if its revision is still `revision`. @returns whether it was written */
  async swap(register: Register, revision: number): Promise<boolean> {
    const value = Buffer.from(JSON.stringify(register)).toString('base64');
    const response = (await this.#post('txn', {
      compare: [{ key: this.#key, target: 'MOD', result: 'EQUAL', mod_revision: String(revision) }],
      success: [{ requestPut: { key: this.#key, value } }],
    })) as { readonly succeeded?: boolean };
    return response.succeeded === true;
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.#base}/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!response.ok) throw new Error(`etcd answered ${response.status}: ${(await response.text()).trim()}`);
    return response.json();
  }
}

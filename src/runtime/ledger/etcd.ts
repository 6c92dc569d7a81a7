import { formatHostPort, type HostPort } from '../../config/cluster-config.js';

/** An etcd that does not answer for this long is taken as unreachable. */
const PATIENCE_MS = 2_000;

/**
 * Asks etcd through its JSON gateway (etcd 3.4 and later). Keys and values are base64 on this way, 64-bit numbers are texts.
 * @param path below `/v3`, such as `kv/txn`
 * @throws Error when it does not answer, or refuses
 */
export async function askEtcd(address: HostPort, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`http://${formatHostPort(address)}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!response.ok) throw new Error(`etcd answered ${response.status}: ${(await response.text()).trim()}`);
  return response.json();
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

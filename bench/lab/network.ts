import { run } from './shell.js';

/** Addresses of the lab's network; it lives in a namespace of its own and ends with it. */
export const HOST_ADDRESS = '10.77.0.1';
export const GUEST_ADDRESS = '10.77.0.2';
export const BRIDGE = 'lab0';

/** One tap for each of the two places where the guest can run. */
export const TAPS = ['lab-a', 'lab-b'] as const;

/** Builds the network inside the namespace that this process runs in: a bridge with the host's address, and a tap on it for each place. */
export function buildNetwork(): void {
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', BRIDGE, 'type', 'bridge', 'forward_delay', '0');
  run('ip', 'addr', 'add', `${HOST_ADDRESS}/24`, 'dev', BRIDGE);
  run('ip', 'link', 'set', BRIDGE, 'up');
  for (const tap of TAPS) {
    run('ip', 'tuntap', 'add', tap, 'mode', 'tap');
    run('ip', 'link', 'set', tap, 'master', BRIDGE);
    run('ip', 'link', 'set', tap, 'up');
  }
}

/**
 * Shapes the migration link, which is loopback here. Unshaped it carries gigabytes a second, and hardly any pause remains to be measured.
 *
 * @param rate such as `400mbit`; null: unshaped
 */
export function shapeMigrationLink(rate: string | null): void {
  const shaped = run('tc', 'qdisc', 'show', 'dev', 'lo').includes('tbf');
  if (shaped) run('tc', 'qdisc', 'del', 'dev', 'lo', 'root');
  if (rate === null) return;
  run('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'tbf', 'rate', rate, 'burst', '256kb', 'latency', '100ms');
}

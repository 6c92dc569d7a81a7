import { formatHostPort, type HostPort } from '../config/cluster-config.js';
import { RuntimeFault } from '../runtime/faults.js';
import { askNode } from '../runtime/ledger/control-client.js';
import { type MigrationEvent, THIS_HOST } from './driver.js';

/** The node that stays, and how long it holds failover at most. */
export interface Warning {
  readonly interconnect: HostPort;
  readonly holdMs: number;
}

const event = (name: MigrationEvent['name'], text: string): MigrationEvent => ({
  name,
  text,
  atMs: Date.now(),
  ...THIS_HOST,
});

async function told(warning: Warning, holdMs: number): Promise<string | null> {
  try {
    const { ok, reason } = await askNode(warning.interconnect, 'hold', holdMs);
    return ok === false ? `${formatHostPort(warning.interconnect)}: ${reason ?? 'refused'}` : null;
  } catch (cause) {
    if (cause instanceof RuntimeFault) return cause.message;
    throw cause;
  }
}

/** Tells the cluster that the migrated node is dead while it lives. `fault`: why it could not be told; nothing is migrated then. */
export async function giveWarning(
  warning: Warning,
): Promise<{ readonly fault: string } | { readonly fault: null; readonly event: MigrationEvent }> {
  const fault = await told(warning, warning.holdMs);
  if (fault !== null) return { fault: `the warning failure could not be given: ${fault}` };
  const node = formatHostPort(warning.interconnect);
  return {
    fault: null,
    event: event('warned', `${node} was told that its peer is dead, and holds failover`),
  };
}

/** Lets the cluster fail over again. A node that cannot be told any more lets go by itself when its time is over. */
export async function takeWarningBack(warning: Warning): Promise<MigrationEvent> {
  const fault = await told(warning, 0);
  const node = formatHostPort(warning.interconnect);
  return event('released', fault === null ? `${node} may fail over again` : `not told: ${fault}`);
}

import type { RunConfig } from '../../config/run-config.js';

/** A tenth of the default SACK delay: no peer notices. */
const UNREAD_NS_MAX = 1e6;

/**
 * For how long what arrives may wait unread while offers fall due. The second leg of a call falls due by when its answer came, so that answer must be
 * read well before.
 */
export function unreadNsMax({ scenario, holdNs }: Pick<RunConfig, 'scenario' | 'holdNs'>): number {
  return scenario === 'call' ? Math.min(UNREAD_NS_MAX, holdNs / 2) : UNREAD_NS_MAX;
}

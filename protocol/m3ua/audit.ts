import type { AffectedPointCode } from './affected-point-code.js';
import { ERROR_CODE } from './codes.js';
import type { DestinationStateMessage } from './destination-state.js';
import type { ErrMessage } from './err.js';

/** What an SGP knows of a destination; `unknown` gets ERR Destination Status Unknown. */
export type DestinationState = 'available' | 'unavailable' | 'restricted' | 'unknown';

const REPLY_KIND = { available: 'DAVA', unavailable: 'DUNA', restricted: 'DRST' } as const;

/** The answers to a DAUD (RFC 4666 §4.5.3): one message for each state among its point codes, in the order of first mention. */
export function auditReply(
  audit: DestinationStateMessage,
  stateOf: (affected: AffectedPointCode) => DestinationState,
): readonly (DestinationStateMessage | ErrMessage)[] {
  const byState = new Map<DestinationState, AffectedPointCode[]>();
  for (const affected of audit.affected) {
    const state = stateOf(affected);
    const same = byState.get(state);
    if (same === undefined) byState.set(state, [affected]);
    else same.push(affected);
  }
  const { networkAppearance, routingContexts } = audit;
  return [...byState].map(([state, affected]) => {
    if (state !== 'unknown') return { kind: REPLY_KIND[state], networkAppearance, routingContexts, affected };
    const errorCode = ERROR_CODE.destinationStatusUnknown;
    return { kind: 'ERR', errorCode, networkAppearance, routingContexts, affected };
  });
}

import type { Role } from './types.js';

/** What moves a node from one role to another. */
export type RoleEvent =
  /** An append or a snapshot of an epoch that this node has not outlived. */
  | 'led'
  /** The newest entry of the log that says who is a member counts this node in. */
  | 'inSync'
  | 'outOfSync'
  /** Nothing was heard of the peer for dead-after, or it is known to be dead. */
  | 'peerSilent'
  | 'peerHeard'
  /** The peer's absence is recorded where both can see it, or its death is proven. */
  | 'authorityWon'
  /** The witness says that the other node serves. */
  | 'authorityLost'
  /** An epoch above ours exists. */
  | 'outlived'
  /** The owner's configuration counts the peer in again. */
  | 'peerInSync'
  | 'switchover'
  /** The other node made this one the owner. */
  | 'handedOver';

/**
 * The roles of a node. `serves`: it may take requests. `leads`: it gives entries to the peer. A cell that is missing is an event that changes nothing.
 *
 * ```
 *   joining ---led---> catchingUp --inSync--> passive --peerSilent--> takingOver --authorityWon--> alone
 *      |                                        ^  <--peerHeard-----'                              |
 *      '------------- authorityWon -------------|----------------------> alone --peerInSync--> active
 *                                               |                          ^                    | peerSilent
 *   fenced <--- outlived --- active, alone ...  '--- handingOver           '-- authorityWon -- holding
 * ```
 */
export const ROLE_TABLE: Readonly<Record<Role, Readonly<Partial<Record<RoleEvent, Role>>>>> = {
  /** Serves nobody, knows nobody who does. */
  joining: { led: 'catchingUp', authorityWon: 'alone' },
  /** Follows, lacks entries. */
  catchingUp: { inSync: 'passive', peerSilent: 'joining', authorityWon: 'alone' },
  /** Follows, has everything that was answered. */
  passive: {
    peerSilent: 'takingOver',
    outOfSync: 'catchingUp',
    authorityWon: 'alone',
    handedOver: 'active',
    authorityLost: 'catchingUp',
  },
  /** Asks for authority because the active node is silent; answers nobody. */
  takingOver: {
    peerHeard: 'passive',
    led: 'catchingUp',
    authorityWon: 'alone',
    authorityLost: 'catchingUp',
    handedOver: 'active',
  },
  /** Serves; nothing is answered before the peer has it. */
  active: {
    peerSilent: 'holding',
    outlived: 'fenced',
    switchover: 'handingOver',
    authorityWon: 'alone',
  },
  /** Owns the epoch but the peer is silent: takes requests, answers nobody. */
  holding: { peerHeard: 'active', authorityWon: 'alone', outlived: 'fenced' },
  /** Serves; the peer is recorded as out of sync. */
  alone: { peerInSync: 'active', outlived: 'fenced' },
  /** Has given the epoch to the peer, which does not show it yet. */
  handingOver: { led: 'catchingUp', peerSilent: 'takingOver', authorityWon: 'alone' },
  /** Served until it learned that it had been outlived. */
  fenced: { led: 'catchingUp', authorityWon: 'alone', peerSilent: 'joining' },
};

/** Roles in which the node takes requests of its own. */
export function serves(role: Role): boolean {
  return role === 'active' || role === 'alone' || role === 'holding';
}

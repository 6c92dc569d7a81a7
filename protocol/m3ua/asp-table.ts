import type { AspRequest, AspState } from './outputs.js';

/** States of our own ASP: those of RFC 4666 §4.3.1, split by the request that is waiting for its acknowledgement. */
export type AspMachineState =
  | 'NO-ASSOCIATION'
  | 'ASP-DOWN'
  | 'ASPUP-SENT'
  | 'ASP-INACTIVE'
  | 'ASPAC-SENT'
  | 'ASP-ACTIVE'
  | 'ASPIA-SENT'
  | 'ASPDN-SENT';

export type AspInput =
  | 'communicationUp'
  | 'communicationLost'
  | 'restart'
  /** The user set another goal. */
  | 'goal'
  | 'T(ack)'
  | 'ASPUP_ACK'
  /** The last Routing Context that was asked for is acknowledged. */
  | 'ASPAC_ACK'
  | 'ASPIA_ACK'
  | 'ASPDN_ACK'
  /** NTFY Alternate ASP Active. */
  | 'overridden'
  /** ERR with a code that repeating the request cannot cure. */
  | 'refused';

/**
 * `pursue`: send what leads towards the goal. `repeat`: T(ack) ran out, ask again. `unexpected`: answer ERR Unexpected Message.
 * `reset`: forget timers and acknowledgements. `yield`: make ASP-INACTIVE the goal.
 */
export type AspAction = 'pursue' | 'repeat' | 'unexpected' | 'reset' | 'yield';

interface AspCell {
  readonly next: AspMachineState;
  readonly actions: readonly AspAction[];
}

const LOST: AspCell = { next: 'NO-ASSOCIATION', actions: ['reset'] };
const AFRESH: AspCell = { next: 'ASP-DOWN', actions: ['reset', 'pursue'] };

function stay(next: AspMachineState, ...actions: AspAction[]): AspCell {
  return { next, actions };
}

/**
 * RFC 4666 §4.3.4 as seen by the ASP. A missing cell is an input without meaning there: ignored and, for a message, told as
 * discarded. Only the cell ASPAC-SENT / ASPAC_ACK leads to ASP-ACTIVE, the one state in which DATA is sent.
 *
 * - Unexpected ASPUP ACK: "the ASP should consider itself in the ASP-INACTIVE state", Error if it was not, then back (§4.3.4.1).
 *   In ASPAC-SENT the ASP is still inactive, so that the second answer to a repeated ASPUP passes unnoticed there.
 * - Unexpected ASPDN ACK: the ASP is down and goes back where it was (§4.3.4.2); likewise ASPIA ACK (§4.3.4.4).
 * - Unexpected ASPAC ACK: NOTE: deviates from RFC 4666 §4.3.4.3 because an acknowledgement of nothing must never start traffic: it gets
 *   Unexpected Message and the state stays.
 */
export const ASP_TRANSITIONS: Readonly<
  Record<AspMachineState, Readonly<Partial<Record<AspInput, AspCell>>>>
> = {
  'NO-ASSOCIATION': {
    communicationUp: AFRESH,
    communicationLost: LOST,
  },
  'ASP-DOWN': {
    communicationLost: LOST,
    restart: AFRESH,
    goal: stay('ASP-DOWN', 'pursue'),
    ASPUP_ACK: stay('ASP-DOWN', 'unexpected'),
    ASPAC_ACK: stay('ASP-DOWN', 'unexpected'),
    ASPIA_ACK: stay('ASP-DOWN', 'unexpected'),
  },
  'ASPUP-SENT': {
    communicationLost: LOST,
    restart: AFRESH,
    'T(ack)': stay('ASPUP-SENT', 'repeat'),
    ASPUP_ACK: { next: 'ASP-INACTIVE', actions: ['pursue'] },
    ASPAC_ACK: stay('ASPUP-SENT', 'unexpected'),
    ASPIA_ACK: stay('ASPUP-SENT', 'unexpected'),
    refused: stay('ASP-DOWN'),
  },
  'ASP-INACTIVE': {
    communicationLost: LOST,
    restart: AFRESH,
    goal: stay('ASP-INACTIVE', 'pursue'),
    ASPAC_ACK: stay('ASP-INACTIVE', 'unexpected'),
    ASPDN_ACK: AFRESH,
  },
  'ASPAC-SENT': {
    communicationLost: LOST,
    restart: AFRESH,
    'T(ack)': stay('ASPAC-SENT', 'repeat'),
    ASPAC_ACK: { next: 'ASP-ACTIVE', actions: ['pursue'] },
    ASPDN_ACK: AFRESH,
    overridden: stay('ASPAC-SENT', 'yield'),
    refused: stay('ASP-INACTIVE', 'reset'),
  },
  'ASP-ACTIVE': {
    communicationLost: LOST,
    restart: AFRESH,
    goal: stay('ASP-ACTIVE', 'pursue'),
    ASPUP_ACK: { next: 'ASP-INACTIVE', actions: ['reset', 'unexpected', 'pursue'] },
    ASPIA_ACK: { next: 'ASP-INACTIVE', actions: ['reset', 'pursue'] },
    ASPDN_ACK: AFRESH,
    overridden: { next: 'ASP-INACTIVE', actions: ['reset', 'yield'] },
  },
  'ASPIA-SENT': {
    communicationLost: LOST,
    restart: AFRESH,
    'T(ack)': stay('ASPIA-SENT', 'repeat'),
    ASPIA_ACK: { next: 'ASP-INACTIVE', actions: ['reset', 'pursue'] },
    ASPDN_ACK: AFRESH,
    refused: { next: 'ASP-INACTIVE', actions: ['reset'] },
  },
  'ASPDN-SENT': {
    communicationLost: LOST,
    restart: AFRESH,
    'T(ack)': stay('ASPDN-SENT', 'repeat'),
    ASPDN_ACK: AFRESH,
    refused: { next: 'ASP-DOWN', actions: ['reset'] },
  },
};

export type AspGoal = 'down' | 'inactive' | 'active';

/** The request that leads from a settled state towards the goal; null when there. */
export const PURSUIT: Readonly<
  Partial<Record<AspMachineState, Readonly<Record<AspGoal, AspRequest | null>>>>
> = {
  'ASP-DOWN': { down: null, inactive: 'ASPUP', active: 'ASPUP' },
  'ASP-INACTIVE': { down: 'ASPDN', inactive: null, active: 'ASPAC' },
  'ASP-ACTIVE': { down: 'ASPIA', inactive: 'ASPIA', active: null },
};

/** What is sent when T(ack) runs out: the same again, or what undoes it when the goal changed in the meantime. */
export const REPETITION: Readonly<Partial<Record<AspMachineState, Readonly<Record<AspGoal, AspRequest>>>>> = {
  'ASPUP-SENT': { down: 'ASPDN', inactive: 'ASPUP', active: 'ASPUP' },
  'ASPAC-SENT': { down: 'ASPIA', inactive: 'ASPIA', active: 'ASPAC' },
  'ASPIA-SENT': { down: 'ASPDN', inactive: 'ASPIA', active: 'ASPIA' },
  'ASPDN-SENT': { down: 'ASPDN', inactive: 'ASPDN', active: 'ASPDN' },
};

/** The state in which a request waits for its acknowledgement. */
export const WAITING: Readonly<Record<AspRequest, AspMachineState>> = {
  ASPUP: 'ASPUP-SENT',
  ASPAC: 'ASPAC-SENT',
  ASPIA: 'ASPIA-SENT',
  ASPDN: 'ASPDN-SENT',
};

/** The state of RFC 4666 §4.3.1 that the peer must believe us to be in. */
export const ASP_STATE: Readonly<Record<AspMachineState, AspState>> = {
  'NO-ASSOCIATION': 'ASP-DOWN',
  'ASP-DOWN': 'ASP-DOWN',
  'ASPUP-SENT': 'ASP-DOWN',
  'ASP-INACTIVE': 'ASP-INACTIVE',
  'ASPAC-SENT': 'ASP-INACTIVE',
  'ASP-ACTIVE': 'ASP-ACTIVE',
  'ASPIA-SENT': 'ASP-INACTIVE',
  'ASPDN-SENT': 'ASP-INACTIVE',
};

/**
 * States in which DATA is taken.
 *
 * NOTE: deviates from RFC 4666 §3.8.1, which lets an inactive ASP discard DATA, because streams are not ordered among each other: the SGP's first DATA
 * may overtake its ASPAC ACK, and its last DATA our ASPIA.
 */
export const TAKES_DATA: ReadonlySet<AspMachineState> = new Set<AspMachineState>([
  'ASPAC-SENT',
  'ASP-ACTIVE',
  'ASPIA-SENT',
]);

import type { AsState } from './outputs.js';

/** What the ASPs of an AS amount to, taken after every change. */
export type AsInput =
  /** Every ASP is down. */
  | 'allDown'
  /** At least one is inactive, none is active. */
  | 'noneActive'
  /** Some are active, fewer than the AS needs to begin. */
  | 'tooFewActive'
  | 'enoughActive'
  /** T(r) ran out with every ASP down, or with at least one inactive. */
  | 'T(r) allDown'
  | 'T(r) noneActive';

/**
 * States of an AS at the SGP (RFC 4666 §4.3.2, figure 4). A missing cell changes nothing.
 *
 * An AS that becomes active waits for as many ASPs as it needs; one that is active stays so until the last one goes, and one
 * that is pending resumes with the first.
 *
 * NOTE: deviates from a conformance suite that wants AS-INACTIVE at once when the last active ASP sends ASPUP or ASPDN, because the RFC has
 * AS-PENDING there and AS-INACTIVE after T(r); a T(r) of 0 gives what that suite wants.
 */
export const AS_TRANSITIONS: Readonly<Record<AsState, Readonly<Partial<Record<AsInput, AsState>>>>> = {
  'AS-DOWN': {
    noneActive: 'AS-INACTIVE',
    tooFewActive: 'AS-INACTIVE',
    enoughActive: 'AS-ACTIVE',
  },
  'AS-INACTIVE': {
    allDown: 'AS-DOWN',
    enoughActive: 'AS-ACTIVE',
  },
  'AS-ACTIVE': {
    allDown: 'AS-PENDING',
    noneActive: 'AS-PENDING',
  },
  'AS-PENDING': {
    tooFewActive: 'AS-ACTIVE',
    enoughActive: 'AS-ACTIVE',
    'T(r) allDown': 'AS-DOWN',
    'T(r) noneActive': 'AS-INACTIVE',
  },
};

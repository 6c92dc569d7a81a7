import { describe, expect, it } from 'vitest';
import { type ClusterPolicy, SAFE_POLICY } from '../../src/cluster/policy.js';
import { SAFE_DESK } from '../../src/runtime/ledger/desk.js';
import { type HistoryOptions, runHistory } from './history.js';

/** Histories that a planted bug gets to show itself: far fewer than the suite runs. */
const HISTORIES = 200;

/** First history in which the policy breaks a promise. */
function findViolation(policy: ClusterPolicy, options: Partial<HistoryOptions> = {}) {
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const result = runHistory({ seed, policy, ...options });
    if (result.violation !== null) return result;
  }
  return null;
}

describe('the simulation finds a planted bug', () => {
  it('answering before the peer has accepted', () => {
    const policy: ClusterPolicy = {
      ...SAFE_POLICY,
      journalLimit: (_members, last) => last,
      commitLimit: (_members, durable) => durable,
    };
    expect(findViolation(policy)?.violation).toMatch(/answered request \d+ that its peer does not have/);
  });

  it('trusting the clock after a pause: silence by the own clock taken for the death of the peer', () => {
    const policy: ClusterPolicy = { ...SAFE_POLICY, silenceProvesDeath: () => true };
    expect(findViolation(policy, { witness: false })?.violation).toMatch(/both serve/);
    const harm = findViolation(policy, { witness: true, unrecordedGoOn: true });
    expect(harm?.violation).toMatch(/charge|answered/);
  });

  it('a lease that ran out taken for the right to serve', () => {
    const policy: ClusterPolicy = { ...SAFE_POLICY, lostLeaseProvesDeath: () => true };
    expect(findViolation(policy, { witness: true })?.violation).toMatch(/which the witness did not record/);
    const harm = findViolation(policy, { witness: true, unrecordedGoOn: true });
    expect(harm?.violation).toMatch(/charge|answered/);
  });

  it('a stale node starting alone', () => {
    const policy: ClusterPolicy = {
      ...SAFE_POLICY,
      mayStartAlone: () => true,
      mayClaim: (facts, register) => facts.role === 'joining' || SAFE_POLICY.mayClaim(facts, register),
    };
    expect(findViolation(policy, { witness: false })?.violation).toMatch(/both serve|charge|answered/);
    expect(findViolation(policy, { witness: true })?.violation).toMatch(/charge|answered/);
  });

  it('a claim at the witness by a node that was recorded as out of sync', () => {
    const policy: ClusterPolicy = { ...SAFE_POLICY, mayClaim: () => true };
    expect(findViolation(policy, { witness: true })).not.toBeNull();
  });
});

describe('the simulation of planned switchovers finds a request that is lost when', () => {
  it.each(['recallsHeld', 'recallsForwards'] as const)('the desk breaks its rule %s', (rule) => {
    const rules = { ...SAFE_DESK, [rule]: false };
    expect(findViolation(SAFE_POLICY, { planned: true, rules })?.violation).toMatch(
      /request \d+ of \d+ was not answered/,
    );
  });
});

describe('a seed', () => {
  it('replays its history exactly', () => {
    for (const seed of [1, 2, 3]) {
      const options = { seed, messagesFromMs: 0 };
      expect(runHistory(options)).toEqual(runHistory(options));
    }
  });

  it('replays a failure exactly', () => {
    const policy: ClusterPolicy = { ...SAFE_POLICY, silenceProvesDeath: () => true };
    const found = findViolation(policy)!;
    expect(runHistory({ seed: found.seed, policy })).toEqual(found);
  });
});

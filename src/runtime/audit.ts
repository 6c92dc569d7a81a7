/** What the generator saw of a request, one octet a request in sequence. */
export const AUDIT = { firstLeg: 1, secondLeg: 2 } as const;

/** Files of a run's folder that `busyhour ledger verify --result` reads. */
export const AUDIT_FILES = { head: 'audit.json', seen: 'audit.txt' } as const;

/** Contents of `audit.json`; `audit.txt` has a digit for each request, the sum of its {@link AUDIT} marks. */
export interface AuditHead {
  /** First 32 bits of every callReferenceNumber of the run. */
  readonly runBits: number;
  /** Requests that were due. `audit.txt` has room for a few more. */
  readonly requests: number;
  readonly scenario: 'probe' | 'call';
}

/** Requests that one audit follows: an octet each. */
export const AUDIT_REQUESTS_MAX = 500_000_000;

/** Which subscribers exist: `count` in a row from either number on. Numbers are digits read as one integer. */
export interface SubscriberRange {
  readonly firstMsisdn: number;
  readonly firstImsi: number;
  readonly count: number;
}

export interface LedgerOptions {
  readonly subscribers: SubscriberRange;
  /** Units every subscriber starts with. */
  readonly balance: number;
}

/** Most subscribers of one ledger: 16 octets each. */
export const SUBSCRIBERS_MAX = 50_000_000;

/**
 * Balances and reservations by subscriber index. Units of money are whole numbers below 2^53, so sums are exact.
 *
 * `available = balance - reserved`; a charge takes from the balance, a reservation only sets aside.
 */
export class Ledger {
  readonly subscribers: SubscriberRange;
  readonly initialBalance: number;
  readonly balances: Float64Array;
  readonly reserved: Float64Array;
  /** Units charged in all. */
  chargedTotal = 0;
  /** Units set aside now, over all subscribers. */
  reservedTotal = 0;
  /** Is told of a subscriber whose amounts are about to change. */
  beforeChange: ((subscriber: number) => void) | null = null;

  /** @throws RangeError naming the field when a number is out of range. */
  constructor(options: LedgerOptions) {
    const { subscribers, balance } = options;
    if (
      !Number.isInteger(subscribers.count) ||
      subscribers.count < 1 ||
      subscribers.count > SUBSCRIBERS_MAX
    ) {
      throw new RangeError(`ledger: subscribers must be 1 to ${SUBSCRIBERS_MAX}, got ${subscribers.count}`);
    }
    if (!Number.isSafeInteger(balance) || balance < 0) {
      throw new RangeError(
        `ledger: balance must be a whole number of units from 0 to 2^53 - 1, got ${balance}`,
      );
    }
    this.subscribers = subscribers;
    this.initialBalance = balance;
    this.balances = new Float64Array(subscribers.count).fill(balance);
    this.reserved = new Float64Array(subscribers.count);
  }

  /** Index of the subscriber with this calling number, or -1. */
  findMsisdn(msisdn: number): number {
    const index = msisdn - this.subscribers.firstMsisdn;
    return index >= 0 && index < this.subscribers.count ? index : -1;
  }

  /** Index of the subscriber with this IMSI, or -1. */
  findImsi(imsi: number): number {
    const index = imsi - this.subscribers.firstImsi;
    return index >= 0 && index < this.subscribers.count ? index : -1;
  }

  available(subscriber: number): number {
    return this.balances[subscriber]! - this.reserved[subscriber]!;
  }

  charge(subscriber: number, amount: number): void {
    this.beforeChange?.(subscriber);
    this.balances[subscriber] = this.balances[subscriber]! - amount;
    this.chargedTotal += amount;
  }

  /** Sets `amount` aside; a negative amount gives back. */
  reserve(subscriber: number, amount: number): void {
    this.beforeChange?.(subscriber);
    this.reserved[subscriber] = this.reserved[subscriber]! + amount;
    this.reservedTotal += amount;
  }
}

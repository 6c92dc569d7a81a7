/** What a request costs. Money is counted in whole units; what a unit is worth is the operator's business. */
export interface Tariff {
  readonly serviceKey: number;
  /** `event`: one charge per InitialDP, the dialogue ends at once. `session`: a call, reserved first and settled by its duration. */
  readonly mode: 'event' | 'session';
  /** `event`: units per request. */
  readonly pricePerEvent: number;
  /** `session`: units per started pulse. */
  readonly pricePerPulse: number;
  readonly pulseMs: number;
  /** `session`: longest call that is granted (maxCallPeriodDuration of ApplyCharging); the reservation covers all of it. */
  readonly grantMs: number;
}

/**
 * Tariffs by service key, in arrays so that a look-up allocates nothing. A service key without a tariff of its own gets the first.
 */
export class TariffTable {
  readonly #keys: Float64Array;
  readonly #tariffs: readonly Tariff[];
  /** Units set aside when a call begins, per tariff. */
  readonly #reservations: Float64Array;

  /** @throws RangeError naming the tariff and the field when a price or a time is no whole number in range. */
  constructor(tariffs: readonly Tariff[]) {
    if (tariffs.length === 0) throw new RangeError('tariffs: at least one tariff is needed');
    for (const tariff of tariffs) checkTariff(tariff);
    this.#tariffs = tariffs;
    this.#keys = Float64Array.from(tariffs, (tariff) => tariff.serviceKey);
    this.#reservations = Float64Array.from(tariffs, (tariff) => chargeForMs(tariff, tariff.grantMs));
  }

  /** Index of the tariff for a service key. */
  find(serviceKey: number): number {
    const keys = this.#keys;
    for (let i = 0; i < keys.length; i++) if (keys[i] === serviceKey) return i;
    return 0;
  }

  at(index: number): Tariff {
    return this.#tariffs[index]!;
  }

  isEvent(index: number): boolean {
    return this.#tariffs[index]!.mode === 'event';
  }

  reservation(index: number): number {
    return this.#reservations[index]!;
  }

  /** Units for a call of `durationMs`: every started pulse counts, a call that was never answered is free. */
  charge(index: number, durationMs: number): number {
    return chargeForMs(this.#tariffs[index]!, durationMs);
  }
}

function chargeForMs(tariff: Tariff, durationMs: number): number {
  return Math.ceil(durationMs / tariff.pulseMs) * tariff.pricePerPulse;
}

function checkTariff(tariff: Tariff): void {
  const whole = (field: keyof Tariff, min: number, max: number) => {
    const value = tariff[field];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw new RangeError(
        `tariff of service key ${tariff.serviceKey}: ${field} must be a whole number from ${min} to ${max}, got ${value}`,
      );
    }
  };
  whole('serviceKey', 0, 0x7fffffff);
  whole('pricePerEvent', 0, 1e9);
  whole('pricePerPulse', 0, 1e9);
  whole('pulseMs', 1, 86_400_000);
  // TS 29.078 §5.1: maxCallPeriodDuration INTEGER (1..864000), in tenths of a second.
  whole('grantMs', 100, 86_400_000);
}

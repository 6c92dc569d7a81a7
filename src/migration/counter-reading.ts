import { type ByteCounters, type CounterPlace, readCounters } from '../telemetry/counters.js';
import { sleep } from './sleep.js';

/** Bytes that passed an interface from just before a migration until just after it, other traffic included. */
export interface MeasuredCounter {
  readonly place: string;
  /** Null where one of the readings failed. */
  readonly receivedBytes: number | null;
  readonly sentBytes: number | null;
  readonly fault: string | null;
}

/** Agents refresh what they tell only every few seconds: asked at once they would leave out the end of the migration. */
const SNMP_WAIT_MS = 4_000;

type Reading = ByteCounters | { readonly fault: string };

/** The byte counters of some interfaces before and after a migration. A counter that cannot be read is a fault of its own, no more. */
export class CounterReading {
  private readonly places: readonly CounterPlace[];
  private readonly env: NodeJS.ProcessEnv;
  private before: readonly Reading[] = [];

  constructor(places: readonly CounterPlace[], env: NodeJS.ProcessEnv) {
    this.places = places;
    this.env = env;
  }

  async begin(): Promise<void> {
    this.before = await Promise.all(this.places.map((place) => this.read(place)));
  }

  /** @param interrupt ends the wait for slow agents */
  end(interrupt: AbortSignal): Promise<MeasuredCounter[]> {
    return Promise.all(
      this.places.map(async (place, index) => {
        if (place.kind === 'snmp') await sleep(SNMP_WAIT_MS, interrupt);
        const before = this.before[index]!;
        const after = await this.read(place);
        const nothing = { place: place.name, receivedBytes: null, sentBytes: null };
        if ('fault' in before) return { ...nothing, fault: before.fault };
        if ('fault' in after) return { ...nothing, fault: after.fault };
        const receivedBytes = after.receivedBytes - before.receivedBytes;
        const sentBytes = after.sentBytes - before.sentBytes;
        if (receivedBytes < 0 || sentBytes < 0)
          return { ...nothing, fault: 'the counters began anew during the migration' };
        return { place: place.name, receivedBytes, sentBytes, fault: null };
      }),
    );
  }

  private async read(place: CounterPlace): Promise<Reading> {
    try {
      return await readCounters(place, this.env);
    } catch (cause) {
      return { fault: cause instanceof Error ? cause.message : String(cause) };
    }
  }
}

import type { MigrationDriver, MigrationEvent, MigrationOutcome } from '../../src/migration/driver.js';
import { type ChildLines, startChildLines } from '../../src/telemetry/child-lines.js';

/** One `virsh event` line: whose, what happened, and when virsh heard of it. */
interface Lifecycle {
  readonly host: 0 | 1;
  readonly state: 'Suspended' | 'Resumed';
  readonly atMs: number;
}

/** `2026-11-20 17:24:01.123+0000: event 'lifecycle' for domain 'x': Suspended Migrated`; null for any other line. */
export function readLifecycle(line: string): Omit<Lifecycle, 'host'> | null {
  const match =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3})\+0000: event 'lifecycle' .*: (Suspended|Resumed)\b/.exec(
      line,
    );
  if (match === null) return null;
  return { state: match[3] as Lifecycle['state'], atMs: Date.parse(`${match[1]}T${match[2]}Z`) };
}

/**
 * Listens to the lifecycle of the domain on both hosts: `virsh migrate` does not say when the guest stopped and went on, its events do. The
 * stamps are those of two virsh processes on this host, a few milliseconds after the fact.
 */
export class LifecycleWatch {
  private readonly events: Lifecycle[] = [];
  private readonly listeners: readonly ChildLines[];

  /** @param uris of the two hosts */
  constructor(uris: readonly [string, string]) {
    this.listeners = uris.map((uri, host) =>
      startChildLines(
        ['virsh', '-c', uri, 'event', '--event', 'lifecycle', '--loop', '--timestamp'],
        process.env,
        {
          line: (text) => {
            const read = readLifecycle(text);
            if (read !== null) this.events.push({ ...read, host: host as 0 | 1 });
          },
          ended: () => {},
        },
      ),
    );
  }

  /** The driver, its outcomes completed by when the guest stopped and went on. */
  watched(driver: MigrationDriver): MigrationDriver {
    return {
      ...driver,
      migrate: (request, onEvent) => {
        const running = driver.migrate(request, onEvent);
        return { ...running, outcome: running.outcome.then((outcome) => this.completed(outcome)) };
      },
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.stop()));
  }

  private completed(outcome: MigrationOutcome): MigrationOutcome {
    const during = this.events.filter(
      ({ atMs }) => atMs >= outcome.startedAtMs && atMs <= outcome.endedAtMs + 1_000,
    );
    const resumed = during.findLast((event) => event.state === 'Resumed');
    // The last stop on the other host: libvirt can suspend a domain more than once on its way.
    const paused = during.findLast(
      ({ state, host, atMs }) =>
        state === 'Suspended' &&
        host !== resumed?.host &&
        atMs <= (resumed?.atMs ?? Number.NEGATIVE_INFINITY),
    );
    if (resumed === undefined || paused === undefined) return outcome;
    const stopped = resumed.atMs - paused.atMs;
    const clock = 'this host, when virsh heard of it';
    const event = (name: MigrationEvent['name'], { atMs, state }: Lifecycle): MigrationEvent => {
      return { name, atMs, clock, offsetMs: 0, offsetErrorMs: 0, text: state };
    };
    const timeline = [...outcome.timeline, event('paused', paused), event('resumed', resumed)].sort(
      (a, b) => a.atMs - b.atMs,
    );
    return { ...outcome, stopped: { atLeastMs: stopped, atMostMs: stopped }, timeline };
  }
}

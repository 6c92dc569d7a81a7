import {
  type EventClock,
  type HypervisorReport,
  type MigrationEvent,
  type MigrationEventName,
  type MigrationOutcome,
  type MigrationResult,
  NO_REPORT,
  type StoppedTruth,
  THIS_HOST,
} from './driver.js';

/** Most events that one migration keeps; tools that print progress without end must not fill memory. */
const EVENTS_MAX = 5000;

/** Collects stamps, events and figures of one migration. */
export class MigrationRecorder {
  readonly startedAtMs = Date.now();
  hypervisor: HypervisorReport = NO_REPORT;
  stopped: StoppedTruth | null = null;
  private readonly startedAt = performance.now();
  private readonly timeline: MigrationEvent[] = [];
  private readonly driver: string;
  private readonly command: string | null;
  private readonly onEvent: (event: MigrationEvent) => void;

  constructor(driver: string, command: string | null, onEvent: (event: MigrationEvent) => void) {
    this.driver = driver;
    this.command = command;
    this.onEvent = onEvent;
    this.event('started', command ?? driver);
  }

  /** Stamps an event. @param at its own stamp and clock, when it brings one. */
  event(name: MigrationEventName, text: string, at?: { readonly atMs: number } & EventClock): void {
    const event = { name, text, ...(at ?? { atMs: Date.now(), ...THIS_HOST }) };
    if (this.timeline.length < EVENTS_MAX || name !== 'progress') this.timeline.push(event);
    this.onEvent(event);
  }

  /** Adds what the hypervisor said; figures that are null change nothing. */
  report(more: Partial<HypervisorReport>): void {
    const told = Object.entries(more).filter(([, value]) => value !== null && value !== undefined);
    this.hypervisor = { ...this.hypervisor, ...Object.fromEntries(told) };
  }

  /** Stamps the end. */
  end(result: MigrationResult, reason: string | null): MigrationOutcome {
    const totalMs = performance.now() - this.startedAt;
    this.event('ended', reason ?? result);
    return {
      driver: this.driver,
      result,
      reason,
      startedAtMs: this.startedAtMs,
      endedAtMs: this.timeline.at(-1)!.atMs,
      totalMs,
      hypervisor: this.hypervisor,
      stopped: this.stopped,
      timeline: this.timeline,
      command: this.command,
    };
  }
}

/** A migration that was not even begun. */
export function notStarted(driver: string, reason: string): MigrationOutcome {
  return new MigrationRecorder(driver, null, () => {}).end('failed', reason);
}

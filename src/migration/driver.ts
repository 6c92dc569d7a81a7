/** One migration to be made. */
export interface MigrationRequest {
  /** Name, id or uuid of the VM as the driver's tool wants it; for `pause` and `criu` a process id. */
  readonly vm: string;
  /** Where it shall go: a host, node or URI, as the driver says; ignored by `pause`. */
  readonly destination: string;
  /** `cold`: stop, copy, start; only for drivers whose description says so. */
  readonly mode: 'live' | 'cold';
  /** After this the migration is cancelled and reported as not converged. */
  readonly timeoutMs: number;
  /** Number of this migration in its series, from 1. */
  readonly index: number;
  readonly direction: 'forth' | 'back';
  /** The driver's own options, by the names of its description. */
  readonly options: Readonly<Record<string, string>>;
}

/** What can happen during a migration. `paused` and `resumed` are the VM's own, where the driver sees them. */
export const MIGRATION_EVENTS = [
  'started',
  'progress',
  'paused',
  'resumed',
  /** The cluster was told that the node is dead while it lives, and that it may fail over again. */
  'warned',
  'released',
  'cancelling',
  'ended',
  'message',
] as const;
export type MigrationEventName = (typeof MIGRATION_EVENTS)[number];

/** One stamped event. */
export interface MigrationEvent {
  readonly name: MigrationEventName;
  /** Wall clock, ms since 1970, by `clock`. */
  readonly atMs: number;
  /** Whose clock: `this host`, or the tool or host that gave the stamp. */
  readonly clock: string;
  /** That clock less this host's, and how far that may be off, ms; null where nobody knows. */
  readonly offsetMs: number | null;
  readonly offsetErrorMs: number | null;
  readonly text: string;
}

/** A stamp's clock. */
export type EventClock = Pick<MigrationEvent, 'clock' | 'offsetMs' | 'offsetErrorMs'>;
export const THIS_HOST: EventClock = { clock: 'this host', offsetMs: 0, offsetErrorMs: 0 };

/** What the hypervisor says of a migration; null where it says nothing. */
export interface HypervisorReport {
  readonly totalMs: number | null;
  readonly downtimeMs: number | null;
  readonly transferredBytes: number | null;
  readonly iterations: number | null;
  readonly dirtyBytesPerSecond: number | null;
}

export const NO_REPORT: HypervisorReport = {
  totalMs: null,
  downtimeMs: null,
  transferredBytes: null,
  iterations: null,
  dirtyBytesPerSecond: null,
};

/** The time for which the VM did not run, where the driver knows it from the outside: the truth to hold figures against. */
export interface StoppedTruth {
  readonly atLeastMs: number;
  readonly atMostMs: number;
}

/** `failed`: the tool said so; `notConverged`: the time-out passed; `cancelled`: the user ended it. */
export type MigrationResult = 'completed' | 'failed' | 'notConverged' | 'cancelled';

/** How a migration ended. The traffic result is kept whatever it says. */
export interface MigrationOutcome {
  readonly driver: string;
  readonly result: MigrationResult;
  /** One sentence when the result is not `completed`. */
  readonly reason: string | null;
  /** Stamps round the command, this host's wall clock, ms. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Between the two stamps, by the monotonic clock. */
  readonly totalMs: number;
  readonly hypervisor: HypervisorReport;
  readonly stopped: StoppedTruth | null;
  readonly timeline: readonly MigrationEvent[];
  /** Command line that was run, for the report; null for drivers without one. */
  readonly command: string | null;
}

/** One option of a driver. */
export interface DriverOption {
  readonly name: string;
  readonly required: boolean;
  readonly what: string;
}

/** What a driver is, for help, docs and the report. */
export interface DriverDescription {
  readonly name: string;
  readonly what: string;
  /** What `vm` and `destination` mean to it. */
  readonly vm: string;
  readonly destination: string | null;
  readonly options: readonly DriverOption[];
  readonly modes: readonly ('live' | 'cold')[];
  /** `real`: run against the tool itself; `recorded`: only against output of the tool from elsewhere, through a stand-in. */
  readonly proved: 'real' | 'recorded';
  /** Where it was run, or where the output is from. */
  readonly proof: string;
}

/** How far a running migration is. */
export interface MigrationProgress {
  /** Per cent, where the tool tells. */
  readonly percent: number | null;
  readonly hypervisor: HypervisorReport;
}

/** A running migration. */
export interface RunningMigration {
  readonly progress: () => MigrationProgress;
  /** Asks for its end; the outcome says `cancelled`. Safe to call twice or too late. */
  readonly cancel: () => void;
  /** Never rejects: a failure is an outcome. */
  readonly outcome: Promise<MigrationOutcome>;
}

/** What starts migrations on one kind of hypervisor. */
export interface MigrationDriver {
  readonly describe: () => DriverDescription;
  /** Checks that the tool answers and knows the VM. @throws MigrationFault saying what is missing and what to do */
  readonly prepare: (request: MigrationRequest) => Promise<void>;
  /** @param onEvent called for each event as it happens; must not throw. @throws MigrationFault on a request that makes no sense */
  readonly migrate: (request: MigrationRequest, onEvent: (event: MigrationEvent) => void) => RunningMigration;
}

/** A migration cannot be started as asked; the sentence says why and what to do. */
export class MigrationFault extends Error {
  override readonly name = 'MigrationFault';
}

/** Checks a request against a driver's description. @throws MigrationFault */
export function checkRequest(description: DriverDescription, request: MigrationRequest): void {
  const { name, options, modes, destination } = description;
  const fail = (text: string): never => {
    throw new MigrationFault(`driver ${name}: ${text}`);
  };
  if (request.vm === '') fail(`no VM named: ${description.vm}`);
  if (destination !== null && request.destination === '') fail(`no destination: ${destination}`);
  if (!modes.includes(request.mode)) fail(`cannot migrate ${request.mode}, only ${modes.join(' or ')}`);
  if (!(request.timeoutMs > 0)) fail('the time-out must be above 0');
  for (const option of options) {
    if (option.required && !request.options[option.name])
      fail(`option ${option.name} is needed: ${option.what}`);
  }
  const known = options.map((option) => option.name);
  const unknown = Object.keys(request.options).find((option) => !known.includes(option));
  if (unknown !== undefined) {
    fail(`no option '${unknown}'${known.length > 0 ? `; there are ${known.join(', ')}` : ' (it has none)'}`);
  }
  // A value that begins with a dash would be read by the tool as an option of its own.
  for (const [what, value] of [
    ['VM', request.vm],
    ['destination', request.destination],
  ] as const) {
    if (value.startsWith('-') || /[\0\n]/.test(value)) fail(`'${value}' is no name of a ${what}`);
  }
}

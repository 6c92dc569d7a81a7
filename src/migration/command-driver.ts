import type { SshHost } from '../telemetry/ssh.js';
import { type CommandLine, commandOn, shellLine } from './command-line.js';
import {
  checkRequest,
  type DriverDescription,
  type HypervisorReport,
  type MigrationDriver,
  type MigrationEvent,
  MigrationFault,
  type MigrationOutcome,
  type MigrationRequest,
  type MigrationResult,
  type RunningMigration,
} from './driver.js';
import { MigrationRecorder } from './recorder.js';
import { type CommandEnd, type RunningCommand, runCommand, runToEnd } from './run-command.js';

/** What one line or one whole output of a tool says. */
export interface ToolReading {
  readonly percent?: number;
  readonly hypervisor?: Partial<HypervisorReport>;
}

/** A driver that is a command line: what to run, and how to read what it prints. */
export interface CommandSpec {
  readonly description: DriverDescription;
  /** Succeeds when the tool answers and knows the VM; null when there is nothing cheap to ask. */
  readonly check: (request: MigrationRequest) => CommandLine | null;
  /** Commands of one migration, run one after the other; the first that fails ends it. */
  readonly migrate: (request: MigrationRequest) => readonly CommandLine[];
  readonly readLine: (line: string) => ToolReading | null;
  /** A tool that ends with code 0 although nothing was migrated says so somewhere in its output: the sentence, or null. */
  readonly failureIn?: (output: string) => string | null;
  /** Asked after a migration that completed, for figures that the migrating command does not print. */
  readonly after?: (request: MigrationRequest) => CommandLine;
  readonly readAfter?: (output: string) => Partial<HypervisorReport>;
  /** Ends a running migration; the migrating command then ends by itself. Null: ending the command ends it. */
  readonly cancel: ((request: MigrationRequest) => CommandLine | null) | null;
}

/** Where and with what environment a driver runs its tool. */
export interface DriverPlace {
  /** Host on which the tool runs; null: this one. */
  readonly control: SshHost | null;
  readonly env: NodeJS.ProcessEnv;
}

/** Questions beside the migration itself may take this long, ms. */
const QUESTION_TIMEOUT_MS = 30_000;

/** After a cancel command the migrating command has this long to end by itself, ms. */
const CANCEL_GRACE_MS = 10_000;

/** What of a driver every one of its migrations uses. */
interface DriverParts {
  readonly spec: CommandSpec;
  readonly graceMs: number;
  readonly env: NodeJS.ProcessEnv;
  readonly here: (command: CommandLine) => CommandLine;
  readonly ask: (command: CommandLine) => Promise<CommandEnd>;
}

/** One migration while it runs. */
class CommandMigration {
  percent: number | null = null;
  readonly record: MigrationRecorder;
  private readonly parts: DriverParts;
  private readonly request: MigrationRequest;
  private current: RunningCommand | null = null;
  private ending: Exclude<MigrationResult, 'completed' | 'failed'> | null = null;

  constructor(parts: DriverParts, request: MigrationRequest, onEvent: (event: MigrationEvent) => void) {
    this.parts = parts;
    this.request = request;
    const lines = parts.spec.migrate(request).map((command) => shellLine(parts.here(command)));
    this.record = new MigrationRecorder(parts.spec.description.name, lines.join(' && '), onEvent);
  }

  endEarly(why: 'notConverged' | 'cancelled'): void {
    if (this.ending !== null) return;
    this.ending = why;
    this.record.event('cancelling', this.whyEnded(why));
    const cancel = this.parts.spec.cancel?.(this.request) ?? null;
    if (cancel === null) {
      this.current?.kill();
      return;
    }
    void this.parts.ask(cancel).then(({ fault }) => {
      if (fault !== null) this.record.event('message', `cancelling: ${fault}`);
      // A cancel that failed leaves nothing to wait for.
      setTimeout(() => this.current?.kill(), fault === null ? this.parts.graceMs : 0).unref();
    });
  }

  async run(): Promise<MigrationOutcome> {
    const timer = setTimeout(() => this.endEarly('notConverged'), this.request.timeoutMs);
    const fault = await this.runAll();
    clearTimeout(timer);
    // A migration that completed in spite of the wish to end it is a completed one.
    if (fault !== null && this.ending !== null)
      return this.record.end(this.ending, this.whyEnded(this.ending));
    if (fault !== null) return this.record.end('failed', fault);
    return this.withFigures(this.record.end('completed', null));
  }

  private whyEnded(why: 'notConverged' | 'cancelled'): string {
    if (why === 'cancelled') return 'ended by the user';
    return `not converged within ${this.request.timeoutMs / 1000} s`;
  }

  /** Runs the commands in turn. @returns the sentence about the first that failed, or null. */
  private async runAll(): Promise<string | null> {
    const { spec, here, env } = this.parts;
    for (const command of spec.migrate(this.request)) {
      if (this.ending !== null) return 'not started any more';
      this.current = runCommand(here(command), env, (line) => this.line(line));
      const { fault, output } = await this.current.end;
      this.current = null;
      const failure = fault ?? spec.failureIn?.(output) ?? null;
      if (failure !== null) return failure;
    }
    return null;
  }

  private line(line: string): void {
    const reading = this.parts.spec.readLine(line);
    if (reading?.percent !== undefined) this.percent = reading.percent;
    if (reading?.hypervisor !== undefined) this.record.report(reading.hypervisor);
    this.record.event(reading?.percent === undefined ? 'message' : 'progress', line.trim().slice(0, 500));
  }

  /** Asked after the end was stamped: the question is no part of the migration. */
  private async withFigures(done: MigrationOutcome): Promise<MigrationOutcome> {
    const { after, readAfter } = this.parts.spec;
    if (after === undefined || readAfter === undefined) return done;
    const { output, fault } = await this.parts.ask(after(this.request));
    if (fault === null) this.record.report(readAfter(output));
    return { ...done, hypervisor: this.record.hypervisor };
  }
}

/** Makes a driver of a command line. @param graceMs for tests. */
export function commandDriver(
  spec: CommandSpec,
  place: DriverPlace,
  graceMs = CANCEL_GRACE_MS,
): MigrationDriver {
  const { description } = spec;
  const here = (command: CommandLine): CommandLine => commandOn(place.control, command);
  const ask = (command: CommandLine) => runToEnd(here(command), place.env, QUESTION_TIMEOUT_MS);
  const parts: DriverParts = { spec, graceMs, env: place.env, here, ask };

  const prepare = async (request: MigrationRequest): Promise<void> => {
    checkRequest(description, request);
    const check = spec.check(request);
    if (check === null) return;
    const { fault } = await ask(check);
    if (fault !== null) throw new MigrationFault(`driver ${description.name}: ${fault}`);
  };
  const migrate = (request: MigrationRequest, onEvent: (event: MigrationEvent) => void): RunningMigration => {
    checkRequest(description, request);
    const migration = new CommandMigration(parts, request, onEvent);
    return {
      progress: () => ({ percent: migration.percent, hypervisor: migration.record.hypervisor }),
      cancel: () => migration.endEarly('cancelled'),
      outcome: migration.run(),
    };
  };
  return { describe: () => description, prepare, migrate };
}

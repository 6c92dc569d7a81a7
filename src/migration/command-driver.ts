import type { SshHost } from '../telemetry/ssh.js';
import { type CommandLine, commandOn, shellLine } from './command-line.js';
import {
  checkRequest,
  type DriverDescription,
  type HypervisorReport,
  type MigrationDriver,
  type MigrationEvent,
  MigrationFault,
  type MigrationRequest,
  type MigrationResult,
  type RunningMigration,
} from './driver.js';
import { MigrationRecorder } from './recorder.js';
import { type RunningCommand, runCommand, runToEnd } from './run-command.js';

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

/** State of one migration while it runs. */
interface Running {
  current: RunningCommand | null;
  ending: Exclude<MigrationResult, 'completed' | 'failed'> | null;
  percent: number | null;
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

  const prepare = async (request: MigrationRequest): Promise<void> => {
    checkRequest(description, request);
    const check = spec.check(request);
    if (check === null) return;
    const { fault } = await ask(check);
    if (fault !== null) throw new MigrationFault(`driver ${description.name}: ${fault}`);
  };

  const endEarly = (
    running: Running,
    request: MigrationRequest,
    record: MigrationRecorder,
    why: Running['ending'],
  ): void => {
    if (running.ending !== null) return;
    running.ending = why;
    record.event(
      'cancelling',
      why === 'cancelled' ? 'ended by the user' : `not finished after ${request.timeoutMs / 1000} s`,
    );
    const cancel = spec.cancel?.(request) ?? null;
    if (cancel === null) {
      running.current?.kill();
      return;
    }
    void ask(cancel).then(({ fault }) => {
      if (fault !== null) record.event('message', `cancelling: ${fault}`);
      // A cancel that failed leaves nothing to wait for.
      setTimeout(() => running.current?.kill(), fault === null ? graceMs : 0).unref();
    });
  };

  /** Runs the commands in turn. @returns the sentence about the first that failed, or null. */
  const runAll = async (
    request: MigrationRequest,
    running: Running,
    record: MigrationRecorder,
  ): Promise<string | null> => {
    const onLine = (line: string): void => {
      const reading = spec.readLine(line);
      if (reading?.percent !== undefined) running.percent = reading.percent;
      if (reading?.hypervisor !== undefined) record.report(reading.hypervisor);
      record.event(reading?.percent === undefined ? 'message' : 'progress', line.trim().slice(0, 500));
    };
    for (const command of spec.migrate(request)) {
      if (running.ending !== null) return 'not started any more';
      running.current = runCommand(here(command), place.env, onLine);
      const { fault, output } = await running.current.end;
      running.current = null;
      const failure = fault ?? spec.failureIn?.(output) ?? null;
      if (failure !== null) return failure;
    }
    return null;
  };

  const migrate = (request: MigrationRequest, onEvent: (event: MigrationEvent) => void): RunningMigration => {
    checkRequest(description, request);
    const lines = spec.migrate(request).map((command) => shellLine(here(command)));
    const record = new MigrationRecorder(description.name, lines.join(' && '), onEvent);
    const running: Running = { current: null, ending: null, percent: null };
    const timer = setTimeout(() => endEarly(running, request, record, 'notConverged'), request.timeoutMs);
    const outcome = runAll(request, running, record).then(async (fault) => {
      clearTimeout(timer);
      const { ending } = running;
      // A migration that completed in spite of the wish to end it is a completed one.
      if (fault !== null && ending !== null) {
        const why =
          ending === 'cancelled' ? 'ended by the user' : `not converged within ${request.timeoutMs / 1000} s`;
        return record.end(ending, why);
      }
      if (fault !== null) return record.end('failed', fault);
      const done = record.end('completed', null);
      if (spec.after === undefined || spec.readAfter === undefined) return done;
      // Asked after the end was stamped: the question is no part of the migration.
      const { output, fault: unanswered } = await ask(spec.after(request));
      if (unanswered === null) record.report(spec.readAfter(output));
      return { ...done, hypervisor: record.hypervisor };
    });
    return {
      progress: () => ({ percent: running.percent, hypervisor: record.hypervisor }),
      cancel: () => endEarly(running, request, record, 'cancelled'),
      outcome,
    };
  };
  return { describe: () => description, prepare, migrate };
}

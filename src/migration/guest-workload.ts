import { type ChildLines, startChildLines } from '../telemetry/child-lines.js';
import { type SshHost, sshCommand } from '../telemetry/ssh.js';
import { type CommandLine, shellLine } from './command-line.js';
import { MigrationFault } from './driver.js';

/** Stress inside the VM: a `busyhour workload ... --json` that runs there during a migration. */
export interface GuestWorkloadSpec {
  /** Null: this host. */
  readonly host: SshHost | null;
  readonly command: CommandLine;
}

/** What the workload was asked for and what it did, by its own account. */
export interface MeasuredWorkload {
  readonly command: string;
  readonly asked: Readonly<Record<string, number>>;
  /** Over its whole life; null when it ended before it could say. */
  readonly achieved: Readonly<Record<string, number>> | null;
  /** Why it did not last; null otherwise. */
  readonly fault: string | null;
}

/** Filling gigabytes with random bytes takes its time in an emulated VM. */
const START_MS_MAX = 300_000;
const END_MS_MAX = 10_000;

type Figures = Readonly<Record<string, number>>;

interface WorkloadLine {
  readonly event?: string;
  readonly asked?: Figures;
  readonly achieved?: Figures;
}

/**
 * Shell line that runs the command until the input ends, which it does when this program closes it and when the connection breaks alike: killing an
 * ssh client would leave the far side running.
 */
function untilInputEnds(command: CommandLine): string {
  const line = shellLine(command);
  return `exec 3<&0; ${line} 3<&- </dev/null & p=$!; { cat <&3 >/dev/null; kill -TERM $p; } >/dev/null 2>&1 & exec 3<&-; wait $p`;
}

/** A workload that runs. */
export class GuestWorkload {
  private readonly command: string;
  private readonly child: ChildLines;
  private readonly ended: Promise<void>;
  private asked: Figures = {};
  private achieved: Figures | null = null;
  private finished = false;
  private fault: string | null = null;
  private started: () => void = () => {};

  private constructor({ host, command }: GuestWorkloadSpec, env: NodeJS.ProcessEnv) {
    this.command = `${host?.name ?? 'local'}: ${shellLine(command)}`;
    const script = untilInputEnds(command);
    let ended: () => void = () => {};
    this.ended = new Promise((resolve) => {
      ended = resolve;
    });
    this.child = startChildLines(host === null ? ['sh', '-c', script] : sshCommand(host, script), env, {
      line: (text) => this.line(text),
      ended: (reason) => {
        if (!this.finished) this.fault = reason;
        this.started();
        ended();
      },
    });
  }

  /** Resolves when the workload says that it works. @throws MigrationFault when it does not: nothing is measured without it */
  static async start(spec: GuestWorkloadSpec, env: NodeJS.ProcessEnv): Promise<GuestWorkload> {
    const workload = new GuestWorkload(spec, env);
    const late = setTimeout(() => {
      workload.fault ??= `did not start within ${START_MS_MAX / 1000} s; does it print JSON lines (--json)?`;
      workload.started();
    }, START_MS_MAX);
    await new Promise<void>((resolve) => {
      workload.started = resolve;
    });
    clearTimeout(late);
    if (workload.fault === null) return workload;
    await workload.child.stop();
    throw new MigrationFault(`workload ${workload.command}: ${workload.fault}`);
  }

  /** Ends it, and reads what it achieved. */
  async stop(): Promise<MeasuredWorkload> {
    this.finished = true;
    this.child.endInput();
    let timer: NodeJS.Timeout | null = null;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS_MAX);
    });
    await Promise.race([this.ended, late]);
    if (timer !== null) clearTimeout(timer);
    await this.child.stop();
    const { command, asked, achieved, fault } = this;
    return { command, asked, achieved, fault };
  }

  private line(text: string): void {
    let line: WorkloadLine;
    try {
      line = JSON.parse(text) as WorkloadLine;
    } catch {
      return;
    }
    if (line.event === 'started') {
      this.asked = line.asked ?? {};
      this.started();
    }
    if (line.event === 'end' || (line.event === 'progress' && !this.finished))
      this.achieved = line.achieved ?? null;
  }
}

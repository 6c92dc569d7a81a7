import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunSummary } from '../measure/summary.js';
import { LAUNCHER } from '../runtime/package-root.js';
import { MigrationFault } from './driver.js';

/** Load that another cluster gets meanwhile, from a generator of its own: the papers loaded the VMs beside the migrated one. */
export interface BesideLoad {
  readonly name: string;
  /** Its run profile as YAML, checked. */
  readonly profile: string;
}

/** What became of it. */
export interface MeasuredBeside {
  readonly name: string;
  /** Folder of its run beside migration.json. */
  readonly run: string;
  readonly valid: boolean;
  readonly due: number;
  readonly succeeded: number;
  readonly longestGapMs: number;
  readonly maxServiceMs: number | null;
  /** Why it has no result; the figures are then zero. */
  readonly fault: string | null;
}

const START_MS_MAX = 60_000;
/** What is in flight when it ends has its own time-out. */
const END_MS_MAX = 90_000;
const STDERR_CHARS_MAX = 2_000;

class Running {
  readonly name: string;
  readonly folderName: string;
  private readonly folder: string;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private stderr = '';

  constructor(load: BesideLoad, outDir: string, runName: string, durationMs: number, env: NodeJS.ProcessEnv) {
    this.name = load.name;
    this.folderName = `${runName}-${load.name}`;
    this.folder = join(outDir, this.folderName);
    mkdirSync(this.folder, { recursive: true });
    const profile = join(this.folder, 'profile.yaml');
    writeFileSync(profile, load.profile);
    const args = ['run', profile, '--duration', `${Math.ceil(durationMs)}ms`, '--out', this.folder, '--json'];
    // A group of its own: Ctrl-C is for the series, which ends its parts itself.
    this.child = spawn(LAUNCHER, args, {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr = (this.stderr + chunk).slice(-STDERR_CHARS_MAX);
    });
    this.exited = new Promise((resolve) => {
      this.child.once('error', () => resolve());
      this.child.once('exit', () => resolve());
    });
  }

  /** @throws MigrationFault when it does not begin */
  async untilStarted(): Promise<void> {
    const until = performance.now() + START_MS_MAX;
    const events = join(this.folder, 'events.ndjson');
    while (performance.now() < until) {
      if (existsSync(events) && readFileSync(events, 'utf8').includes('"started"')) return;
      if (this.child.exitCode !== null || this.child.signalCode !== null) break;
      await pause(50);
    }
    const said = this.stderr.trim().split('\n').at(-1);
    throw new MigrationFault(`load beside '${this.name}' did not start: ${said || 'it said nothing'}`);
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGINT');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), END_MS_MAX);
    await this.exited;
    clearTimeout(killer);
  }

  result(): MeasuredBeside {
    const nothing = { valid: false, due: 0, succeeded: 0, longestGapMs: 0, maxServiceMs: null };
    const place = { name: this.name, run: this.folderName };
    const file = join(this.folder, 'summary.json');
    if (!existsSync(file)) {
      const said = this.stderr.trim().split('\n').at(-1);
      return { ...place, ...nothing, fault: said || 'it left no summary.json' };
    }
    const { valid, requests, downtime } = JSON.parse(readFileSync(file, 'utf8')) as RunSummary;
    const { longestGapMs, maxServiceMs } = downtime;
    const { due, succeeded } = requests;
    return { ...place, valid, due, succeeded, longestGapMs, maxServiceMs, fault: null };
  }
}

/** The loads beside one migration, each a `busyhour run` in a process of its own. */
export class BesideLoads {
  private readonly running: readonly Running[];

  /** @param runName folder name of the migration's own run. @param durationMs longer than the migration can take */
  constructor(
    loads: readonly BesideLoad[],
    place: { readonly outDir: string; readonly runName: string },
    durationMs: number,
    env: NodeJS.ProcessEnv,
  ) {
    this.running = loads.map((load) => new Running(load, place.outDir, place.runName, durationMs, env));
  }

  /** @throws MigrationFault when one of them does not begin */
  async untilStarted(): Promise<void> {
    await Promise.all(this.running.map((one) => one.untilStarted()));
  }

  async stop(): Promise<readonly MeasuredBeside[]> {
    await Promise.all(this.running.map((one) => one.end()));
    return this.running.map((one) => one.result());
  }
}

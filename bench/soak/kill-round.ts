import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HistogramLogReader } from 'hdr-histogram-js';
import type { RunSummary } from '../../src/measure/summary.js';
import { exitOf, sleepUntil, unixMs } from '../freezes/children.js';

/** What a generator that was killed and resumed left behind. */
export interface KillRound {
  /** From the start of the schedule to the kill. */
  readonly killedAtMs: number;
  /** Measured before the kill and kept. */
  readonly keptMs: number;
  /** Intervals that had ended before the kill and had to be measured again. */
  readonly intervalsLost: number;
  /** What does not hold; empty when all does. */
  readonly faults: readonly string[];
}

export interface KillPlan {
  /** Starts `busyhour ARGS`. */
  readonly start: (args: readonly string[]) => ChildProcess;
  readonly endpoint: string;
  readonly folder: string;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly intervalMs: number;
  /** From the start of the schedule. */
  readonly killAfterMs: number;
  /** From the kill to the resumption. */
  readonly downMs: number;
  readonly arrival: 'constant' | 'poisson';
}

/** Kills a generator under load with SIGKILL, resumes its run, and looks whether the sums hold over both segments. */
export async function killAndResume(plan: KillPlan): Promise<KillRound> {
  const killed = startRun(plan);
  const startedAt = await startOf(plan.folder, killed);
  await sleepUntil(startedAt + plan.killAfterMs);
  killed.kill('SIGKILL');
  await exitOf(killed);
  const killedAt = unixMs();
  await sleepUntil(killedAt + plan.downMs);
  const resumed = plan.start(['resume', plan.folder, '--json']);
  const code = await exitOf(resumed);
  const faults: string[] = [];
  // 5: a busy machine held the generator up; the sums hold all the same.
  if (code !== 0 && code !== 5) faults.push(`resume ended with code ${code}`);
  if (!existsSync(join(plan.folder, 'summary.json'))) {
    return {
      killedAtMs: killedAt - startedAt,
      keptMs: 0,
      intervalsLost: 0,
      faults: [...faults, 'no summary'],
    };
  }
  const summary = JSON.parse(readFileSync(join(plan.folder, 'summary.json'), 'utf8')) as RunSummary;
  faults.push(...faultsOf(plan, summary));
  const keptMs = Date.parse(summary.run.segments[0]!.endedAt) - startedAt;
  const ended = Math.floor((killedAt - startedAt) / plan.intervalMs) * plan.intervalMs;
  const intervalsLost = Math.max(0, Math.round((ended - keptMs) / plan.intervalMs));
  return { killedAtMs: killedAt - startedAt, keptMs, intervalsLost, faults };
}

function startRun(plan: KillPlan): ChildProcess {
  const { endpoint, folder, ratePerSecond, seconds, intervalMs, arrival } = plan;
  return plan.start([
    ...['run', '--target', endpoint, '--carrier', 'udp', '--rate', String(ratePerSecond), '--seed', '11'],
    ...[
      '--duration',
      `${seconds}s`,
      '--interval',
      `${intervalMs}ms`,
      '--timeout',
      '5s',
      '--arrival',
      arrival,
    ],
    ...['--connect-timeout', '60s', '--outage-threshold', '2s', '--rotate-size', '64KB', '--out', folder],
  ]);
}

/** Unix time at which the schedule began, ms. */
async function startOf(folder: string, child: ChildProcess): Promise<number> {
  const file = join(folder, 'events.ndjson');
  for (;;) {
    const line = existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .find((each) => each.includes('"started"') && each.endsWith('}'))
      : undefined;
    if (line !== undefined) return Date.parse((JSON.parse(line) as { at: string }).at);
    if (child.exitCode !== null)
      throw new Error(`the run ended with code ${child.exitCode} before it started`);
    await sleepUntil(unixMs() + 10);
  }
}

/** Does everything that was due stand in the result exactly once? */
function faultsOf(plan: KillPlan, summary: RunSummary): string[] {
  const faults: string[] = [];
  const same = (what: string, one: number, other: number): void => {
    if (one !== other) faults.push(`${what}: ${one} and ${other}`);
  };
  const { requests, run } = summary;
  same('segments', run.segments.length, 2);
  if (plan.arrival === 'constant') {
    same('due, and planned', requests.due, Math.round(plan.ratePerSecond * plan.seconds));
  }
  same(
    'due, and of the segments',
    requests.due,
    run.segments.reduce((sum, { due }) => sum + due, 0),
  );
  same('length of the schedule', run.durationSeconds, plan.seconds);
  const rows = partsOf(plan.folder, 'intervals').flatMap((text) => text.trimEnd().split('\n'));
  const columns = rows[0]!.split(',');
  const all = rows.map((row) => row.split(',')).filter((row) => row[columns.indexOf('target')] === 'all');
  const sum = (name: string): number =>
    all.reduce((total, row) => total + Number(row[columns.indexOf(name)]), 0);
  same('due, and of the intervals', requests.due, sum('due'));
  same('succeeded, and of the intervals', requests.succeeded, sum('succeeded'));
  const starts = all.map((row) => Number(row[columns.indexOf('elapsed_s')]));
  if (starts.some((start, index) => index > 0 && start <= starts[index - 1]!)) {
    faults.push('intervals are not in order');
  }
  const answered = partsOf(plan.folder, 'latency').reduce((total, text) => total + countOf(text), 0);
  same('latencies, and of the histogram log', summary.latencyMs.count, answered);
  const down = run.segments[1]?.downBeforeSeconds ?? 0;
  if (down * 1000 < plan.downMs) faults.push(`down for ${down} s, although it was for ${plan.downMs} ms`);
  if (summary.downtime.longestGapMs > plan.downMs / 2 && summary.downtime.windows.length > 0) {
    faults.push('the time in which the generator was down reads as an outage of the target');
  }
  if (existsSync(join(plan.folder, 'checkpoint.json'))) faults.push('a complete run still has a checkpoint');
  return faults;
}

function partsOf(folder: string, stem: string): string[] {
  const form = new RegExp(`^${stem}(-\\d+)?\\.(csv|hlog)$`);
  // The one that grew last sorts last: a full part has a number.
  const names = readdirSync(folder).filter((name) => form.test(name));
  const full = names.filter((name) => name.includes('-')).sort();
  return [...full, ...names.filter((name) => !name.includes('-'))].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
}

function countOf(log: string): number {
  const reader = new HistogramLogReader(log, 64, false);
  let count = 0;
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    count += (next as unknown as { totalCount: number }).totalCount;
  }
  return count;
}

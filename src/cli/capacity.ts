import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ValueError } from '../config/errors.js';
import { runProfileSchema } from '../config/profile-schema.js';
import { parseDurationNs, parseRatePerSecond } from '../config/quantities.js';
import { type CliContext, EXIT, UserError } from './io.js';
import { addProfileFlags, givenProfileFlags } from './profile-flags.js';
import { numberFlag } from './user-file.js';

/** What a search sets itself, step by step. */
const runFlags = runProfileSchema.omit({
  rate: true,
  duration: true,
  interval: true,
  objective: true,
  failIf: true,
  out: true,
});

interface Options {
  readonly objective: string;
  readonly rejectedOk?: boolean;
  readonly start: string;
  readonly max: string;
  readonly growth: string;
  readonly precision: string;
  readonly confirm: string;
  readonly stepDuration: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

const NOTES = `
The search climbs until a level does not hold, halves the distance until it is small enough, and lets the found level hold again. A level holds when the
objective does and the target keeps up: latency that grows during the whole step is a queue without end. A narrow failure is tried again. Between
steps everything in flight ends, and probes at a low rate wait until the target answers as it did at first.
An overloaded generator is told apart (schedule lag, a busy worker) and never reported as the target's limit.

Objective: comma between terms; min mean p50 p90 p99 p999 p9999 max (of all requests, from their intended send time) and failed rejected
timedOut unsent (counts, or % of the due), with < <= > >= =. failed is due less succeeded, less rejected with --rejected-ok.

Examples:
  busyhour capacity --target 192.0.2.10:2905/9899
  busyhour capacity --target 192.0.2.10:2905 --objective "p99<50ms,failed<0.01%" --start 1000 --max 20000 --step-duration 60s --json`;

/** `busyhour capacity`: how much does the target carry? */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('capacity')
    .description('search the highest rate at which a target keeps an objective')
    .argument('[profile]', 'YAML run profile whose rate, duration and interval are left aside')
    .option('--objective <terms>', 'what has to hold at a level', 'p99<20ms,failed=0')
    .option('--rejected-ok', 'a refusal for lack of credit is a good answer')
    .option('--start <rate>', 'first level, requests a second', '100')
    .option('--max <rate>', 'highest level to try', '100000')
    .option('--growth <factor>', 'from one level to the next while all hold', '2')
    .option('--precision <percent>', 'distance of the two last levels, per cent', '2')
    .option('--confirm <n>', 'how often the found level has to hold again', '2')
    .option('--step-duration <time>', 'length of a step', '10s')
    .option('--out <dir>', 'result folder; by default results/capacity-<time>')
    .option('--resume', 'go on with the search in --out')
    .option('--json', 'print capacity.json on stdout')
    .addHelpText('after', NOTES);
  addProfileFlags(command, runFlags);
  command.action(async (profile: string | undefined, options: Options & Record<string, unknown>) => {
    const { searchCapacity } = await import('./capacity-run.js');
    const { capacityText, stepLine } = await import('../report/capacity-text.js');
    const { randomSeed } = await import('./seed.js');
    const { abortOnSignal } = await import('./signals.js');
    const search = searchOptions(options);
    const stepDurationNs = parsed('--step-duration', options.stepDuration, parseDurationNs);
    if (stepDurationNs < 500e6)
      throw new UserError('--step-duration: a step needs 500ms or more to show a trend');
    const { signal, release } = abortOnSignal();
    try {
      const { report, folder } = await searchCapacity(context, {
        search,
        objective: options.objective,
        rejectedOk: options.rejectedOk === true,
        stepDurationNs,
        profile: profile === undefined ? undefined : resolve(context.cwd, profile),
        flags: givenProfileFlags(options, runFlags),
        seedDefault: randomSeed(),
        out: options.out,
        resume: options.resume === true,
        interrupt: signal,
        onStep: (step) => context.stderr.write(`${stepLine(step)}\n`),
      });
      if (report === null) {
        context.stderr.write(`interrupted; go on with: busyhour capacity --resume --out ${folder} ...\n`);
        context.exitCode = EXIT.interrupted;
        return;
      }
      const text =
        options.json === true
          ? `${JSON.stringify(report, null, 2)}\n`
          : capacityText(report, {
              folder,
              colour: context.stdout.isTTY === true && context.env.NO_COLOR === undefined,
            });
      context.stdout.write(text);
    } finally {
      release();
    }
  });
}

function searchOptions(options: Options) {
  const startPerSecond = parsed('--start', options.start, parseRatePerSecond);
  const maxPerSecond = parsed('--max', options.max, parseRatePerSecond);
  if (maxPerSecond < startPerSecond) throw new UserError('--max: must not be below --start');
  return {
    startPerSecond,
    maxPerSecond,
    growth: numberFlag('--growth', options.growth, { min: 1.05, max: 10 }),
    precision: numberFlag('--precision', options.precision.replace(/\s*%$/, ''), { min: 0.1, max: 50 }) / 100,
    confirmations: numberFlag('--confirm', options.confirm, { min: 0, max: 100 }),
  };
}

function parsed<T>(flag: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (cause) {
    if (cause instanceof ValueError) throw new UserError(`${flag}: ${cause.message}`);
    throw cause;
  }
}

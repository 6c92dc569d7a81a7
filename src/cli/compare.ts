import { join } from 'node:path';
import type { Command } from 'commander';
import {
  type ComparedFigure,
  type ComparedRun,
  type Comparison,
  compareRuns,
  isWorse,
} from '../analysis/compare/compare.js';
import { comparedRun, intervalServiceMeans } from '../analysis/compare/result-series.js';
import { cellAtRate, findReference, REFERENCE_NAMES } from '../analysis/papers/catalogue.js';
import { DEFINITIONS, type PublishedCell, roundedLike } from '../analysis/papers/published.js';
import { describe } from '../analysis/statistics/describe.js';
import type { RunSummary } from '../measure/summary.js';
import { type CliContext, EXIT, UserError } from './io.js';
import { readStream, readSummary } from './result-files.js';
import { withCsvOf } from './user-file.js';

interface Options {
  readonly against?: readonly string[];
  readonly with?: string;
  readonly allowSequential?: boolean;
  readonly json?: boolean;
}

interface LoadedRun {
  readonly folder: string;
  readonly summary: RunSummary;
  readonly run: ComparedRun;
  readonly serviceMeans: readonly number[];
}

/** What `--with` puts beside the measured runs: the published cell of the load level and ours, at its resolution. */
interface BesidePublished {
  readonly reference: string;
  readonly definition: string;
  readonly comparableWith: string | null;
  readonly runs: ReadonlyArray<{
    readonly folder: string;
    readonly offeredPerSecond: number;
    readonly published: {
      readonly mean: number;
      readonly standardDeviation: number;
      readonly marginOfError: number;
    } | null;
    readonly measured: {
      readonly mean: number | null;
      readonly standardDeviation: number | null;
      readonly marginOfError: number | null;
    };
  }>;
}

function loadRun(context: CliContext, folder: string): LoadedRun {
  const whole = readSummary(context, folder);
  const file = join(folder, 'intervals.csv');
  const csv = readStream(context, folder, 'intervals.csv');
  return withCsvOf(file, () => ({
    folder,
    summary: whole,
    run: comparedRun(whole, csv),
    serviceMeans: intervalServiceMeans(csv),
  }));
}

/** Why these runs must not be compared, or only with care. */
function differences(runs: readonly LoadedRun[]): { readonly problems: string[]; readonly notes: string[] } {
  const invalid = runs.filter(({ summary }) => !summary.valid || summary.run.interrupted);
  const problems = invalid.map(({ folder, summary }) =>
    summary.valid
      ? `${folder}: the run was interrupted`
      : `${folder}: invalid run (${summary.invalidReasons.join('; ')})`,
  );
  const rates = runs.map(({ summary }) => summary.ratePerSecond.offered);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const scenarios = new Set(runs.map(({ summary }) => summary.run.scenario));
  const notes = [
    ...(high > 1.01 * low
      ? [`the runs offered from ${low.toFixed(0)} to ${high.toFixed(0)} req/s: unlike loads`]
      : []),
    ...(scenarios.size > 1 ? [`unlike scenarios: ${[...scenarios].join(', ')}`] : []),
  ];
  return { problems, notes };
}

function besidePublished(name: string, runs: readonly LoadedRun[]): BesidePublished {
  const reference = findReference(name);
  if (reference === null) {
    throw new UserError(`--with: no reference '${name}'; there are ${REFERENCE_NAMES.join(', ')}`);
  }
  const definition = DEFINITIONS.applicationResponse;
  return {
    reference: name,
    definition: definition.text,
    comparableWith: definition.comparableWith,
    runs: runs.map(({ folder, summary, serviceMeans }) => {
      const cell = cellAtRate(reference.response, summary.ratePerSecond.offered);
      const ours = describe(serviceMeans);
      const like = (
        value: number | null,
        pick: (cell: PublishedCell) => PublishedCell['mean'],
      ): number | null => (value === null || cell === null ? value : roundedLike(value, pick(cell)));
      return {
        folder,
        offeredPerSecond: summary.ratePerSecond.offered,
        published: cell && {
          mean: cell.mean.value,
          standardDeviation: cell.standardDeviation.value,
          marginOfError: cell.marginOfError.value,
        },
        measured: {
          mean: like(ours.mean, (c) => c.mean),
          standardDeviation: like(ours.standardDeviation, (c) => c.standardDeviation),
          marginOfError: like(ours.marginOfError, (c) => c.marginOfError),
        },
      };
    }),
  };
}

function figureLine(figure: ComparedFigure): string {
  const percent = (value: number): string => `${value >= 0 ? '+' : ''}${(100 * value).toFixed(1)} %`;
  const change = figure.relativeChange;
  const effect = change
    ? `${percent(change.estimate)} [${percent(change.lower)}, ${percent(change.upper)}]`
    : `${figure.difference.estimate.toPrecision(3)} ${figure.unit} [${figure.difference.lower.toPrecision(3)}, ${figure.difference.upper.toPrecision(3)}]`;
  const p = figure.adjustedProbability === null ? 'n/a' : figure.adjustedProbability.toPrecision(2);
  const verdict = isWorse(figure) ? `${figure.verdict}: worse` : figure.verdict;
  const values = `${figure.baseline.toPrecision(4)} -> ${figure.candidate.toPrecision(4)} ${figure.unit}`;
  return `${figure.figure.padEnd(18)} ${values.padEnd(26)} ${effect.padEnd(34)} p ${p.padEnd(8)} ${verdict}\n`;
}

function printComparison(context: CliContext, comparison: Comparison): void {
  const { baselineRuns, candidateRuns, familyLevel, intervalLevel } = comparison;
  context.stdout.write(
    `${candidateRuns.length} runs against ${baselineRuns.length}: baseline -> candidate, change with its ${100 * intervalLevel} % interval, ` +
      `p after Holm, verdict at a family level of ${100 * familyLevel} %\n`,
  );
  for (const figure of comparison.figures) context.stdout.write(figureLine(figure));
  for (const problem of comparison.problems) context.stdout.write(`no verdict: ${problem}\n`);
  for (const note of comparison.notes) context.stdout.write(`note: ${note}\n`);
}

function printPublished(context: CliContext, beside: BesidePublished): void {
  context.stdout.write(
    `beside ${beside.reference}, response time in ms, mean/sd/margin. The paper's figure is ${beside.definition}; ` +
      `ours is the ${beside.comparableWith}. Not ranked.\n`,
  );
  for (const { folder, offeredPerSecond, published, measured } of beside.runs) {
    const cell = (figures: BesidePublished['runs'][number]['measured'] | null): string =>
      figures
        ? `${figures.mean ?? 'n/a'}/${figures.standardDeviation ?? 'n/a'}/${figures.marginOfError ?? 'n/a'}`
        : 'no such load level';
    context.stdout.write(
      `${folder.padEnd(30)} ${offeredPerSecond.toFixed(0).padStart(6)}/s  measured ${cell(measured)}  published ${cell(published)}\n`,
    );
  }
}

/** `busyhour compare A... --against B... [--with REFERENCE]`: did something change, and is it shown? */
export function register(program: Command, context: CliContext): void {
  program
    .command('compare')
    .description('compare runs with other runs, figure by figure, and with published tables')
    .argument('<result...>', 'result folders of the new side, at least 5 for a verdict')
    .option(
      '--against <result...>',
      'result folders of the old side, at least 5, measured in turns with the new ones',
    )
    .option('--with <reference>', `published figures beside them: ${REFERENCE_NAMES.join(', ')}`)
    .option('--allow-sequential', 'accept sides that were measured one after the other')
    .option('--json', 'print the comparison as JSON')
    .addHelpText(
      'after',
      '\nThe unit is a run. Exit codes: 0 nothing got worse, 3 a figure got worse, 5 no verdict (too few runs, invalid runs, no turns), 2 bad usage.',
    )
    .action((results: readonly string[], options: Options) => {
      if (options.against === undefined && options.with === undefined) {
        throw new UserError('compare: say with what: --against RESULT... or --with REFERENCE');
      }
      const candidate = results.map((folder) => loadRun(context, folder));
      const baseline = (options.against ?? []).map((folder) => loadRun(context, folder));
      const published =
        options.with === undefined ? null : besidePublished(options.with, [...baseline, ...candidate]);
      const comparison = options.against === undefined ? null : compareLoaded(baseline, candidate, options);
      if (options.json === true)
        context.stdout.write(`${JSON.stringify({ comparison, published }, null, 2)}\n`);
      else {
        if (comparison) printComparison(context, comparison);
        if (published) printPublished(context, published);
      }
      if (comparison === null) return;
      if (comparison.problems.length > 0) context.exitCode = EXIT.invalidRun;
      else if (comparison.figures.some(isWorse)) context.exitCode = EXIT.thresholdFailed;
    });
}

function compareLoaded(
  baseline: readonly LoadedRun[],
  candidate: readonly LoadedRun[],
  options: Options,
): Comparison {
  const { problems, notes } = differences([...baseline, ...candidate]);
  const comparison = compareRuns(
    baseline.map(({ run }) => run),
    candidate.map(({ run }) => run),
    { seed: 1, allowSequential: options.allowSequential === true },
  );
  const figures =
    problems.length === 0
      ? comparison.figures
      : comparison.figures.map((f): ComparedFigure => ({ ...f, verdict: 'undecided' }));
  return {
    ...comparison,
    figures,
    problems: [...problems, ...comparison.problems],
    notes: [...notes, ...comparison.notes],
  };
}

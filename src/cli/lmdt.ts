import type { Command } from 'commander';
import { z } from 'zod';
import { numberColumn, parseCsv } from '../analysis/csv.js';
import type { TransferPoint } from '../analysis/lmdt/conditional.js';
import {
  FitError,
  type FitOptions,
  type FittedInterval,
  fitTransfer,
  predictTransfer,
  type TransferFit,
} from '../analysis/lmdt/fit.js';
import { findTransferRow, paperModel, transferredMb } from '../analysis/lmdt/model.js';
import {
  type TransferRow,
  WESTMINSTER_2017_VM_MB,
  WESTMINSTER_2017_WORKLOADS,
  WESTMINSTER_2017_WORST_ERROR_PERCENT,
} from '../analysis/papers/westminster-2017.js';
import { type CliContext, UserError } from './io.js';
import { numberFlag, readUserFile, readUserJson, withCsvOf } from './user-file.js';

const FORMULA = 'LMDT = CMDT + MF * exp(AF * AM), all sizes in MB';

/** A model file: what `fit --json` prints, of which CMDT, MF and AF are enough. */
const MODEL_FILE = z.object({
  cmdtMb: z.number(),
  mfMb: z.number(),
  af: z.number().nullable(),
  level: z.number().gt(0).lt(1).optional(),
  mfFixed: z.boolean().optional(),
  weights: z.enum(['constant', 'relative']).optional(),
  points: z.array(z.object({ amMb: z.number(), transferredMb: z.number() })).optional(),
});
type ModelFile = z.infer<typeof MODEL_FILE>;

interface FitFlags {
  readonly points: string;
  readonly mf?: string;
  readonly level?: string;
  readonly weights: string;
  readonly json?: boolean;
}

function fitOptions(flags: FitFlags): FitOptions {
  if (flags.weights !== 'constant' && flags.weights !== 'relative') {
    throw new UserError(`--weights: expected constant or relative, got '${flags.weights}'`);
  }
  return {
    weights: flags.weights,
    ...(flags.mf === undefined ? {} : { mfMb: numberFlag('--mf', flags.mf, { min: 1e-9, max: 1e9 }) }),
    ...(flags.level === undefined
      ? {}
      : { level: numberFlag('--level', flags.level, { min: 0.5, max: 0.999 }) }),
  };
}

function readPoints(context: CliContext, file: string): TransferPoint[] {
  return withCsvOf(file, () => {
    const table = parseCsv(readUserFile(context, file));
    const am = numberColumn(table, 'am_mb');
    const transferred = numberColumn(table, 'transferred_mb');
    return am.flatMap((amMb, i) => {
      const mb = transferred[i] ?? null;
      return amMb === null || mb === null ? [] : [{ amMb, transferredMb: mb }];
    });
  });
}

function text(interval: FittedInterval | null | undefined, digits: number): string {
  if (!interval) return 'no interval: as many parameters as points';
  const end = (value: number | null): string => (value === null ? 'not bounded' : value.toPrecision(digits));
  return `[${end(interval.lower)}, ${end(interval.upper)}]`;
}

function printFit(context: CliContext, fit: TransferFit): void {
  const percent = Math.round(100 * fit.level);
  context.stdout.write(`${FORMULA}; ${fit.points.length} points, ${percent} % intervals\n`);
  context.stdout.write(
    `cmdtMb  ${fit.cmdtMb.toPrecision(6).padEnd(12)} ${text(fit.confidence?.cmdtMb, 6)}\n`,
  );
  const mfInterval = fit.mfFixed ? 'given, not fitted' : text(fit.confidence?.mfMb, 6);
  context.stdout.write(`mfMb    ${fit.mfMb.toPrecision(6).padEnd(12)} ${mfInterval}\n`);
  context.stdout.write(`af      ${fit.af.toPrecision(6).padEnd(12)} ${text(fit.confidence?.af, 6)}\n`);
  if (fit.residualStandardError !== null) {
    const scatter =
      fit.weights === 'relative'
        ? `${(100 * fit.residualStandardError).toPrecision(3)} % of the transfer`
        : `${fit.residualStandardError.toPrecision(3)} MB`;
    context.stdout.write(`scatter of the points about the curve: ${scatter} (standard error)\n`);
  }
}

/** Turns what the points cannot carry into a fault of the user's file. */
function withPointsOf<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof FitError || cause instanceof RangeError)
      throw new UserError(`${file}: ${cause.message}`);
    throw cause;
  }
}

/** What `predict` prints; an end of an interval is null where nothing bounds it. */
interface Prediction {
  readonly model: string;
  readonly amMb: number;
  readonly transferredMb: number;
  /** Where one further migration is expected, and where that comes from. */
  readonly expected: FittedInterval | null;
  readonly expectedFrom: string | null;
  readonly extrapolated: boolean | null;
}

function predictPaper(row: TransferRow, amMb: number): Prediction {
  const transferred = withPointsOf(row.workload, () => transferredMb(paperModel(row), amMb));
  const error = row.statedErrorPercent;
  const share = (error?.to ?? 0) / 100;
  return {
    model: `westminster-2017, Table 2, ${row.title}`,
    amMb,
    transferredMb: transferred,
    expected: error ? { lower: transferred / (1 + share), upper: transferred / (1 - share) } : null,
    expectedFrom: error
      ? `the error that the paper states for this workload, ${error.from === error.to ? 'about ' : `${error.from}-`}${error.to} % of the measured ` +
        `transfer (at worst ${WESTMINSTER_2017_WORST_ERROR_PERCENT} % over all workloads)`
      : null,
    extrapolated: amMb > WESTMINSTER_2017_VM_MB,
  };
}

function predictFile(file: string, model: ModelFile, amMb: number): Prediction {
  const { points, af, cmdtMb, mfMb, level, weights, mfFixed } = model;
  if (points === undefined || points.length === 0) {
    const transferred = withPointsOf(file, () => transferredMb({ af, cmdtMb, mfMb }, amMb));
    return {
      model: file,
      amMb,
      transferredMb: transferred,
      expected: null,
      expectedFrom: null,
      extrapolated: null,
    };
  }
  const options: FitOptions = {
    ...(level === undefined ? {} : { level }),
    ...(weights === undefined ? {} : { weights }),
    ...(mfFixed === true ? { mfMb } : {}),
  };
  const {
    transferredMb: transferred,
    measurement,
    extrapolated,
  } = withPointsOf(file, () => predictTransfer(points, amMb, options));
  const expectedFrom =
    measurement === null
      ? null
      : `scatter of the ${points.length} points and error of the curve, ${Math.round(100 * (level ?? 0.95))} % of further migrations`;
  return { model: file, amMb, transferredMb: transferred, expected: measurement, expectedFrom, extrapolated };
}

function printPrediction(context: CliContext, prediction: Prediction): void {
  context.stdout.write(`${FORMULA}; model: ${prediction.model}\n`);
  context.stdout.write(`AM ${prediction.amMb} MB -> ${prediction.transferredMb.toFixed(2)} MB transferred\n`);
  if (prediction.expected !== null && prediction.expectedFrom !== null) {
    context.stdout.write(`expected within ${text(prediction.expected, 5)} MB: ${prediction.expectedFrom}\n`);
  } else {
    context.stdout.write('no error known for this model\n');
  }
  if (prediction.extrapolated === true) {
    context.stdout.write(
      'AM lies outside what the model was made from: an exponential is not to be trusted there\n',
    );
  }
}

function registerFit(group: Command, context: CliContext): void {
  group
    .command('fit')
    .description('fit CMDT, MF and AF to measured migrations by least squares')
    .requiredOption('--points <file.csv>', 'columns am_mb, transferred_mb: one migration a row')
    .option('--mf <MB>', 'hold MF at this value (the paper: 9.6) and fit CMDT and AF only')
    .option('--weights <kind>', 'constant: every point errs alike in MB; relative: in per cent', 'constant')
    .option('--level <p>', 'level of the confidence intervals', '0.95')
    .option('--json', 'print the fit as JSON, which `predict --model FILE` reads')
    .action((flags: FitFlags) => {
      const options = fitOptions(flags);
      const points = readPoints(context, flags.points);
      const fit = withPointsOf(flags.points, () => fitTransfer(points, options));
      for (const note of fit.notes) context.stderr.write(`warning: ${note}\n`);
      if (flags.json === true) context.stdout.write(`${JSON.stringify(fit, null, 2)}\n`);
      else printFit(context, fit);
    });
}

function registerPredict(group: Command, context: CliContext): void {
  group
    .command('predict')
    .description('megabytes that a live migration will transfer')
    .requiredOption('--am <MB>', 'application memory: used memory less what the kernel itself uses')
    .requiredOption(
      '--model <name>',
      `a file written by fit --json, or ${WESTMINSTER_2017_WORKLOADS.join(', ')}`,
    )
    .option('--json', 'print the prediction as JSON')
    .action((flags: { readonly am: string; readonly model: string; readonly json?: boolean }) => {
      const amMb = numberFlag('--am', flags.am, { min: 0, max: Number.POSITIVE_INFINITY });
      const row = findTransferRow(flags.model);
      const prediction = row
        ? predictPaper(row, amMb)
        : predictFile(flags.model, readModel(context, flags.model), amMb);
      if (flags.json === true) context.stdout.write(`${JSON.stringify(prediction, null, 2)}\n`);
      else printPrediction(context, prediction);
    });
}

function readModel(context: CliContext, file: string): ModelFile {
  if (!/[./]/.test(file)) {
    throw new UserError(
      `--model: no workload '${file}' in Table 2 (${WESTMINSTER_2017_WORKLOADS.join(', ')}), and no file of that form`,
    );
  }
  const parsed = MODEL_FILE.safeParse(readUserJson(context, file));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
  throw new UserError(`${file}: not a model as fit --json prints it: ${faults.join('; ')}`);
}

/** `busyhour lmdt fit|predict`: what a live migration transfers, by the model of `westminster-2017`. */
export function register(program: Command, context: CliContext): void {
  const group = program.command('lmdt').description(`what a live migration transfers: ${FORMULA}`);
  registerFit(group, context);
  registerPredict(group, context);
}

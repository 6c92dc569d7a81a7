import type { Command } from 'commander';
import { type CsvTable, columnIndex, numberColumn, parseCsv, rowsWhere } from '../analysis/csv.js';
import { judge } from '../analysis/statistics/warnings.js';
import { type CliContext, UserError } from './io.js';
import { readUserFile, withCsvOf } from './user-file.js';

interface Options {
  readonly column: string;
  readonly where?: string;
  readonly json?: boolean;
}

/** Rows that `--where COLUMN=VALUE` names; without it, those of all targets together where the file tells targets apart. */
function chosenRows(table: CsvTable, where: string | undefined, context: CliContext): CsvTable {
  if (where !== undefined) {
    const equals = where.indexOf('=');
    if (equals < 1) throw new UserError(`--where: expected COLUMN=VALUE, got '${where}'`);
    return rowsWhere(table, where.slice(0, equals), where.slice(equals + 1));
  }
  if (!table.columns.includes('target')) return table;
  const index = columnIndex(table, 'target');
  const targets = new Set(table.rows.map((row) => row[index]));
  if (!targets.has('all') || targets.size === 1) return table;
  context.stderr.write('only the rows of all targets together; choose one with --where target=ENDPOINT\n');
  return rowsWhere(table, 'target', 'all');
}

/** `busyhour stats FILE.csv --column NAME`: the papers' statistics of one column. */
export function register(program: Command, context: CliContext): void {
  program
    .command('stats')
    .description(
      "the papers' statistics of a column of a CSV file: mean, variance, standard deviation, margin of error",
    )
    .argument('<file.csv>', 'first line: names of the columns; rows in time order')
    .requiredOption('--column <name>', 'the column to describe')
    .option(
      '--where <column=value>',
      'only rows that hold this value, for instance target=127.0.0.1:2905/9899',
    )
    .option('--json', 'print {count, mean, variance, standardDeviation, marginOfError, ...}')
    .addHelpText(
      'after',
      '\nPopulation formulas: variance = sum((x-mean)^2)/N, margin of error = 1.96 sd / sqrt(N).\n' +
        'Empty fields and "-" are no samples. Warnings go to stderr: too few samples, or samples that depend on each other.',
    )
    .action((file: string, options: Options) => {
      const values = withCsvOf(file, () => {
        const table = chosenRows(parseCsv(readUserFile(context, file)), options.where, context);
        return numberColumn(table, options.column).filter((value) => value !== null);
      });
      const judged = judge(values);
      for (const warning of judged.warnings) context.stderr.write(`warning: ${warning.text}\n`);
      const { count, mean, variance, standardDeviation, marginOfError, lag1Autocorrelation, warnings } =
        judged;
      const figures = { count, mean, variance, standardDeviation, marginOfError };
      if (options.json === true) {
        const kinds = warnings.map((warning) => warning.kind);
        context.stdout.write(
          `${JSON.stringify({ ...figures, lag1Autocorrelation, warnings: kinds }, null, 2)}\n`,
        );
        return;
      }
      for (const [name, value] of Object.entries(figures)) {
        const shown = value === null ? 'n/a' : name === 'count' ? String(value) : value.toFixed(4);
        context.stdout.write(`${name.padEnd(18)} ${shown}\n`);
      }
    });
}

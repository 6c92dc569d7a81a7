import { join } from 'node:path';
import { type MigrationReport, reportOf } from '../migration/orchestrate-report.js';
import { type CliIo, UserError } from './io.js';
import { readSeriesResult } from './result-files.js';
import { readUserJson } from './user-file.js';

/** A case of a sweep, or the one case, without a name, of a profile without a sweep. */
export interface MigrationCaseResult {
  readonly name: string;
  readonly report: MigrationReport;
}

/** Reads what `busyhour migrate` left. @throws UserError when a file is none of this version */
export function readMigrationCases(
  io: CliIo,
  folder: string,
  kind: 'migration' | 'sweep',
): MigrationCaseResult[] {
  if (kind === 'migration') return [{ name: '', report: readReport(io, folder) }];
  const file = join(folder, 'sweep.json');
  const index = readUserJson(io, file) as {
    readonly schema?: unknown;
    readonly cases?: readonly { readonly name: string; readonly folder: string }[];
  } | null;
  if (index?.schema !== 'busyhour/migration-sweep/1' || !Array.isArray(index.cases))
    throw new UserError(`${file}: not a sweep of this version (expected schema busyhour/migration-sweep/1)`);
  const { cases } = index as {
    readonly cases: readonly { readonly name: string; readonly folder: string }[];
  };
  return cases.map((one) => ({ name: one.name, report: readReport(io, join(folder, one.folder)) }));
}

function readReport(io: CliIo, folder: string): MigrationReport {
  return reportOf(readSeriesResult(io, folder, 'migration'));
}

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { VerifyReport } from '../runtime/ledger/verify.js';
import { type CliContext, EXIT } from './io.js';

interface Options {
  readonly data: string;
  readonly against?: string;
  readonly result?: string;
  readonly json?: true;
}

/** `busyhour ledger verify`: whether every charge is there once. */
export function register(program: Command, context: CliContext): void {
  program
    .command('ledger')
    .description('look at the charging records that a responder keeps')
    .command('verify')
    .description('recompute a ledger from its charging records; exit code 3 when something is wrong')
    .requiredOption('--data <DIR>', 'folder that was given to `respond --data`')
    .option('--against <DIR>', "the other node's folder")
    .option(
      '--result <RUN_DIR>',
      'result folder of `run --audit`: compare what was answered with what was charged',
    )
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const { verifyLedger } = await import('../runtime/ledger/verify.js');
      const at = (folder: string | undefined) => (folder === undefined ? null : resolve(context.cwd, folder));
      const report = await verifyLedger({
        data: resolve(context.cwd, options.data),
        against: at(options.against),
        result: at(options.result),
      });
      context.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
      if (!report.ok) context.exitCode = EXIT.thresholdFailed;
    });
}

function textOf({ ledgers, agreement, audit, ok }: VerifyReport): string {
  const lines = ledgers.map(
    (ledger) =>
      `${ledger.folder}: ${ledger.records} records in ${ledger.entries} entries; ${ledger.chargedUnits} units charged to ` +
      `${ledger.subscribersCharged} subscribers, ${ledger.reservedUnits} reserved; charged twice ${ledger.chargedTwice}, settled twice ${ledger.settledTwice}` +
      `; ${ledger.balancesWrong} of ${ledger.balancesChecked} balances that the node kept differ from the records` +
      `${ledger.prunedRecords > 0 ? `; ${ledger.prunedRecords} older records were pruned, and what they led to is taken from the node` : ''}` +
      `${ledger.missingRecords > 0 ? `; ${ledger.missingRecords} records are MISSING` : ''}` +
      `${ledger.damagedEntries > 0 ? `; ${ledger.damagedEntries} damaged entries` : ''}${ledger.acceptedLoss ? '; a loss was accepted by the operator' : ''}`,
  );
  if (agreement !== null) {
    lines.push(
      agreement.agree
        ? `the ledgers agree${agreement.behind > 0 ? `; one is ${agreement.behind} entries behind` : ''}`
        : `the ledgers DIFFER from entry ${agreement.firstDifference} on`,
    );
  }
  if (audit !== null) {
    lines.push(
      `of ${audit.requests} requests: answered and charged once ${audit.answeredAndChargedOnce}, charged, not answered (in doubt) ${audit.chargedNotAnswered}, ` +
        `answered, not charged ${audit.answeredNotCharged}, charged twice ${audit.chargedTwice}`,
    );
  }
  lines.push(ok ? 'ok' : 'NOT ok');
  return `${lines.join('\n')}\n`;
}

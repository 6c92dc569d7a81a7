import type { OutageWindow, PauseBounds, RunSummary } from '../measure/summary.js';
import { type Cut, cutDowntime } from '../migration/orchestrate-cut.js';
import { clock, counted, grouped, withMs } from '../report/format.js';
import { table, wrap } from '../report/layout.js';
import { boundsInWords, causesInShort } from '../report/verdict.js';
import type { VerifyReport } from '../runtime/ledger/verify.js';
import type { Frozen, Happenings, Killed } from './demo-script.js';

/** What the demo knows beside the run. */
export interface Truth extends Happenings {
  readonly summary: RunSummary;
  readonly ledger: VerifyReport;
  /** `ledger verify` as the user would call it. */
  readonly verifyCommand: string;
  /** Content of a window's raw rows. */
  readonly rowsOf: (file: string) => string | null;
}

const WIDTH = 100;

/** Whether everything that can be checked against the truth holds: the frozen node's time, a takeover, every charge once. */
export function holds({ frozen, killed, ledger, summary }: Truth): boolean {
  const pause = frozen === null || (frozen.takeover === null && within(frozen, windowOf(summary, frozen)));
  return pause && (killed === null || killed.takeover !== null) && ledger.ok;
}

/** The part of the verdict that only a demo can print: what really happened, beside what was measured without knowing it. */
export function truthText(truth: Truth): string {
  const { frozen, killed, ledger, verifyCommand } = truth;
  const rows = [
    ...(frozen === null ? [] : freezeRows(frozen, truth)),
    ...(killed === null ? [] : killRows(killed, truth.summary)),
    ...ledgerRows(ledger),
  ];
  return `${[
    '',
    'WHAT REALLY HAPPENED, stamped by the demo and told by the nodes',
    ...table(rows),
    ...wrap(`The charging records are kept; check them with: ${verifyCommand}`, WIDTH),
  ].join('\n')}\n`;
}

function freezeRows(frozen: Frozen, truth: Truth): string[][] {
  const lengthMs = frozen.toUnixMs - frozen.fromUnixMs;
  const roles = frozen.takeover === null ? 'no change of role' : `node ${frozen.takeover.node} TOOK OVER`;
  const own = windowOf(truth.summary, frozen);
  const other = windowOf(truth.summary, { ...frozen, target: frozen.otherTarget });
  return [
    [`node ${frozen.node} frozen`, `for ${withMs(lengthMs)} (SIGSTOP to SIGCONT), ${roles}`],
    [
      '  its outage',
      `${inWords(own)}: the truth is ${within(frozen, own) ? 'within' : 'OUTSIDE'} the bounds`,
    ],
    [
      '  longest service time',
      `${withMs(cutOf(frozen, truth).downtime.maxServiceMs)}, to be read beside the published ones`,
    ],
    ['  outage of the other node', `${inWords(other)}; it forwards to the frozen one`],
  ];
}

function killRows(killed: Killed, summary: RunSummary): string[][] {
  const { takeover, inSyncUnixMs, restartedUnixMs } = killed;
  const span = { fromUnixMs: killed.killedUnixMs, toUnixMs: takeover?.unixMs ?? restartedUnixMs };
  const own = windowOf(summary, { ...span, target: killed.target });
  const other = windowOf(summary, { ...span, target: killed.otherTarget });
  const at = clock(new Date(killed.killedUnixMs).toISOString());
  const served =
    takeover === null
      ? 'the other one did NOT take over'
      : `node ${takeover.node} took over ${withMs(takeover.unixMs - killed.killedUnixMs)} later, epoch ${takeover.epoch}`;
  const back =
    inSyncUnixMs === null ? 'NOT in sync again' : `in sync ${withMs(inSyncUnixMs - restartedUnixMs)} later`;
  return [
    [`node ${killed.node} killed`, `at ${at} UTC (SIGKILL); ${served}`],
    ['  outage of the other node', inWords(other)],
    ['  its own outage', inWords(own)],
    ['  started again', `${withMs(restartedUnixMs - killed.killedUnixMs)} after the kill, ${back}`],
  ];
}

function ledgerRows({ audit, agreement, ok }: VerifyReport): string[][] {
  if (audit === null) return [];
  const agree = agreement?.agree === true ? 'the ledgers of both nodes agree' : 'the ledgers DIFFER';
  return [
    [
      'ledger',
      `${ok ? 'ok' : 'NOT ok'}: of ${counted(audit.requests, 'request')} ${grouped(audit.answeredAndChargedOnce)} answered and charged once,`,
    ],
    [
      '',
      `${grouped(audit.chargedNotAnswered)} in doubt, ${grouped(audit.answeredNotCharged)} answered and not charged, ` +
        `${grouped(audit.chargedTwice)} charged twice; ${agree}`,
    ],
  ];
}

function inWords(window: OutageWindow | undefined): string {
  if (window === undefined) return 'none';
  return `${boundsInWords(window.pauseMs)}, cause: ${causesInShort(window.causes)}`;
}

interface Span {
  readonly target: string;
  readonly fromUnixMs: number;
  readonly toUnixMs: number;
}

/** The longest outage of a target that a time falls into. */
function windowOf(
  { downtime }: RunSummary,
  { target, fromUnixMs, toUnixMs }: Span,
): OutageWindow | undefined {
  return downtime.windows
    .filter((window) => {
      const start = Date.parse(window.startedAt);
      return window.target === target && start <= toUnixMs && start + window.durationMs >= fromUnixMs;
    })
    .sort((one, other) => other.durationMs - one.durationMs)[0];
}

function within({ fromUnixMs, toUnixMs }: Frozen, window: OutageWindow | undefined): boolean {
  const bounds: PauseBounds = window?.pauseMs ?? { atLeast: 0, atMost: 0 };
  const lengthMs = toUnixMs - fromUnixMs;
  return bounds.atLeast <= lengthMs && (bounds.atMost === null || lengthMs <= bounds.atMost);
}

/** The figures of the frozen node for that time alone. */
function cutOf(frozen: Frozen, { summary, rowsOf }: Truth): Cut {
  const period = { fromMs: frozen.fromUnixMs, toMs: frozen.toUnixMs };
  return cutDowntime({
    summary,
    target: frozen.target,
    period,
    blackout: period,
    runStartMs: Date.parse(summary.run.startedAt),
    rowsOf,
  });
}

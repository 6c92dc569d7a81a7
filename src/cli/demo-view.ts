import type { OutageWindow, PauseBounds, RunSummary } from '../measure/summary.js';
import { type Cut, cutDowntime } from '../migration/orchestrate-cut.js';
import { clock, counted, grouped, withMs } from '../report/format.js';
import { table, wrap } from '../report/layout.js';
import { boundsInWords, causesInShort } from '../report/verdict.js';
import type { VerifyReport } from '../runtime/ledger/verify.js';
import type { Frozen, Happenings, Killed } from './demo-script.js';
import type { HeldUp } from './sync-book.js';

/** What the demo knows beside the run. */
export interface Truth extends Happenings {
  readonly summary: RunSummary;
  /** The freeze with the slow syncs of the nodes that it met; null when there were none. */
  readonly heldUp: HeldUp | null;
  readonly ledger: VerifyReport;
  /** `ledger verify` as the user would call it. */
  readonly verifyCommand: string;
  /** Content of a window's raw rows. */
  readonly rowsOf: (file: string) => string | null;
}

const WIDTH = 100;

/**
 * Whether everything that can be checked against the truth holds: the frozen node's time, a takeover, every charge once. `disturbed`: this machine's disk made
 * the outage longer than the freeze, so that the freeze is no truth to hold the bounds against: nothing is broken, and nothing is proved.
 */
export function outcomeOf(truth: Truth): 'holds' | 'disturbed' | 'broken' {
  const { frozen, killed, ledger } = truth;
  const judged = frozen === null ? 'within' : judge(frozen, truth);
  const sound =
    ledger.ok && (killed === null || killed.takeover !== null) && (frozen?.takeover ?? null) === null;
  if (!sound || judged === 'outside') return 'broken';
  return judged === 'within' ? 'holds' : 'disturbed';
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
    ...disturbanceLines(truth),
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
    ['  its outage', `${inWords(own)}: ${JUDGED[judge(frozen, truth)]}`],
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

const JUDGED = {
  within: 'the truth is within the bounds',
  longer: 'longer than the freeze, see below',
  outside: 'the truth is OUTSIDE the bounds',
} as const;

/**
 * The bounds of the frozen node's outage against what is known of it. `longer`: they lie above the freeze, and within the freeze and the slow syncs together;
 * the nodes told of those themselves, so no figure of the generator excuses another.
 */
function judge(frozen: Frozen, { summary, heldUp }: Truth): keyof typeof JUDGED {
  const bounds: PauseBounds = windowOf(summary, frozen)?.pauseMs ?? { atLeast: 0, atMost: 0 };
  const frozenMs = frozen.toUnixMs - frozen.fromUnixMs;
  if (bounds.atMost !== null && bounds.atMost < frozenMs) return 'outside';
  if (bounds.atLeast <= frozenMs) return 'within';
  return heldUp !== null && bounds.atLeast <= heldUp.toUnixMs - heldUp.fromUnixMs ? 'longer' : 'outside';
}

/** What to make of a demo that this machine disturbed. */
function disturbanceLines(truth: Truth): string[] {
  const { frozen, heldUp } = truth;
  if (frozen === null || heldUp === null || judge(frozen, truth) !== 'longer') return [];
  const { fromUnixMs, toUnixMs, syncs } = heldUp;
  const nodes = [...new Set(syncs.map(({ node }) => node))].sort().join(' and ');
  const [from, to] = [fromUnixMs, toUnixMs].map((at) => clock(new Date(at).toISOString()));
  return wrap(
    `THIS MACHINE DISTURBED THE DEMO: the disk kept the journal of node ${nodes} waiting before or after the freeze, so the service stood still from ` +
      `${from} to ${to} UTC at most, ${withMs(toUnixMs - fromUnixMs)} with the freeze. The freeze alone is then no truth to hold the bounds against: run the demo again.`,
    WIDTH,
  );
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

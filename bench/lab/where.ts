import { table } from '../../src/cli/migrate-view.js';
import { boundsHold, type MeasuredMigration } from '../../src/migration/orchestrate-report.js';

/** When the guest was back, in ms after the hypervisor let it go on; null where one of the stamps is missing. */
interface Returned {
  /** The independent probe had its first answer. */
  readonly echoMs: number | null;
  /** The responder had answered the first request. */
  readonly answerMs: number | null;
}

/** Where in the timeline of one migration the echo service and the responder came back. */
export function returnedAfter({ timeline, truth, downtime }: MeasuredMigration): Returned {
  const resumedMs = timeline.find(({ name }) => name === 'resumed')?.atMs;
  if (resumedMs === undefined) return { echoMs: null, answerMs: null };
  const { atLeast, atMost } = downtime.pauseMs;
  const window = downtime.windows.find(
    ({ pauseMs }) => pauseMs.atLeast === atLeast && pauseMs.atMost === atMost,
  );
  const ended = window?.endedAt == null ? null : Date.parse(window.startedAt) + window.durationMs;
  return {
    echoMs: truth.probeBackAtMs === null ? null : truth.probeBackAtMs - resumedMs,
    answerMs: ended === null ? null : ended - resumedMs,
  };
}

/** How the bounds of one migration lie to the probe's gap, in words. */
export function missOf(one: MeasuredMigration): string {
  const gapMs = one.truth.probeGapMs;
  const holds = boundsHold(one);
  return holds === null || gapMs === null ? '-' : inWords(one, gapMs, holds);
}

/** The same for the time without a new answer on the wire. */
export function serviceMissOf(one: MeasuredMigration): string {
  const gapMs = one.truth.serviceGapMs;
  const holds = serviceHolds(one);
  return holds === null || gapMs === null ? '-' : inWords(one, gapMs, holds);
}

/** Do the bounds contain the time without a new answer that was seen on the wire? Null where nothing was seen, or the window has no end. */
function serviceHolds({ truth, downtime }: MeasuredMigration): boolean | null {
  const gapMs = truth.serviceGapMs;
  const { atLeast, atMost } = downtime.pauseMs;
  return gapMs === null || atMost === null ? null : atLeast <= gapMs && gapMs <= atMost;
}

function inWords({ downtime }: MeasuredMigration, gapMs: number, holds: boolean): string {
  if (holds) return 'yes';
  const { atLeast, atMost } = downtime.pauseMs;
  return atLeast > gapMs
    ? `at least too high by ${(atLeast - gapMs).toFixed(0)}`
    : `at most too low by ${(gapMs - (atMost ?? 0)).toFixed(0)}`;
}

/** How many of the migrations the bounds held in, as the probe and as the wire have it. */
export function heldLine(migrations: readonly MeasuredMigration[]): string {
  const count = (judge: (one: MeasuredMigration) => boolean | null): string => {
    const judged = migrations.map(judge).filter((held) => held !== null);
    return `${judged.filter(Boolean).length} of ${judged.length}`;
  };
  return `Bounds contain the echo service's gap in ${count(boundsHold)}, the responder's own on the wire in ${count(serviceHolds)}.\n`;
}

/**
 * One line for each migration: the two truths, the bounds, and who was back when. Where the responder comes back long after the echo service
 * the bounds, which are the responder's, must lie above the probe's gap.
 */
export function whereTable(
  cases: readonly (readonly [name: string, readonly MeasuredMigration[]])[],
): string {
  const ms = (value: number | null): string => (value === null ? '-' : value.toFixed(0));
  const rows = cases.flatMap(([name, migrations]) =>
    migrations.map((one) => {
      const { echoMs, answerMs } = returnedAfter(one);
      const { atLeast, atMost } = one.downtime.pauseMs;
      return [
        `${name} ${one.index}`,
        ...[one.hypervisor.downtimeMs, one.truth.stoppedMs, one.truth.probeGapMs, one.truth.serviceGapMs].map(
          ms,
        ),
        `${ms(atLeast)}-${ms(atMost)}`,
        ms(echoMs),
        ms(answerMs),
        String(one.recovery?.retransmissions ?? '-'),
        ms(one.recovery?.largestRtoMs ?? null),
        one.valid ? 'yes' : 'no',
        missOf(one),
        serviceMissOf(one),
      ];
    }),
  );
  const heads = [
    'ms',
    'hypervisor',
    'stopped',
    'probe gap',
    'wire gap',
    'bounds',
    'echo back',
    'answer back',
  ];
  return table([...heads, 'retr.', 'RTO', 'valid', 'hold probe gap', 'hold wire gap'], rows);
}

import type { RunSummary } from '../measure/summary.js';
import { verdictOf } from './verdict.js';
import { escapeXml, xmlAttributes } from './xml.js';

/** One expectation as a CI server shows it; `failure` and `error` null: it held. */
export interface JunitCase {
  readonly name: string;
  /** What was expected and what was measured instead. */
  readonly failure: string | null;
  /** Why nothing can be said: the measurement itself is not sound. */
  readonly error: string | null;
}

/** One group of expectations. */
export interface JunitSuite {
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly hostName: string;
  readonly seconds: number;
  readonly properties: ReadonlyArray<readonly [name: string, value: string | number]>;
  readonly cases: readonly JunitCase[];
  readonly output: string;
}

/** A run as JUnit XML in the form of Ant's JUnit task: one case for its validity, one a threshold, one a target that never came back. */
export function junitReport(summary: RunSummary): string {
  return junitXml([junitSuiteOf(summary)]);
}

/** What CI has to know of one run. */
export function junitSuiteOf(summary: RunSummary): JunitSuite {
  const { run, requests, latencyAllMs, downtime } = summary;
  const lost = downtime.windows.filter(({ endedAt }) => endedAt === null).map(({ target }) => target);
  const { headline, details } = verdictOf(summary);
  const figure = (value: number | null): string | number => value ?? 'no samples';
  return {
    name: `busyhour run ${run.id}`,
    startedAt: run.startedAt,
    hostName: run.host.name,
    seconds: run.durationSeconds,
    properties: [
      ['targets', run.targets.join(',')],
      ['carrier', run.carrier],
      ['offeredPerSecond', summary.ratePerSecond.offered],
      ['answeredPerSecond', summary.ratePerSecond.answered],
      ['due', requests.due],
      ['succeeded', requests.succeeded],
      ['latencyAllP50Ms', figure(latencyAllMs.p50)],
      ['latencyAllP99Ms', figure(latencyAllMs.p99)],
      ['latencyAllMaxMs', figure(latencyAllMs.max)],
      ['longestGapMs', downtime.longestGapMs],
      ['pauseAtLeastMs', downtime.pauseMs.atLeast],
      ['pauseAtMostMs', figure(downtime.pauseMs.atMost)],
    ],
    cases: [
      validityCase(summary),
      {
        name: 'every target answers at the end',
        failure: lost.length > 0 ? `no answer any more from ${lost.join(', ')}` : null,
        error: null,
      },
      ...summary.thresholds.map(
        ({ expression, value, failed }): JunitCase => ({
          name: `not ${expression}`,
          failure: failed ? `${expression}: ${value === null ? 'no samples' : `measured ${value}`}` : null,
          error: null,
        }),
      ),
    ],
    output: [headline, ...details].join('\n'),
  };
}

function validityCase({ valid, invalidReasons, run }: RunSummary): JunitCase {
  const reasons = run.interrupted
    ? [...invalidReasons, 'interrupted before its planned end']
    : invalidReasons;
  return {
    name: 'the run is valid and complete',
    failure: null,
    error: valid && !run.interrupted ? null : reasons.join('; '),
  };
}

/** The XML of several suites. */
export function junitXml(suites: readonly JunitSuite[]): string {
  const body = suites.map(suiteXml).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${body}\n</testsuites>\n`;
}

function suiteXml(suite: JunitSuite, id: number): string {
  const { cases } = suite;
  const attributes = xmlAttributes({
    id,
    package: 'busyhour',
    name: suite.name,
    // The schema knows no fraction of a second and no zone.
    timestamp: suite.startedAt.slice(0, 19),
    hostname: suite.hostName,
    tests: cases.length,
    failures: cases.filter(({ failure }) => failure !== null).length,
    errors: cases.filter(({ error }) => error !== null).length,
    time: suite.seconds,
  });
  const properties = suite.properties.map(([name, value]) => `<property${xmlAttributes({ name, value })}/>`);
  return [
    `<testsuite${attributes}>`,
    `<properties>${properties.join('')}</properties>`,
    ...cases.map((one) => caseXml(one, suite)),
    `<system-out>${escapeXml(suite.output)}</system-out>`,
    '<system-err/>',
    '</testsuite>',
  ].join('\n');
}

function caseXml({ name, failure, error }: JunitCase, { cases, seconds }: JunitSuite): string {
  // The time of a run belongs to all its cases together; CI servers add up what they find.
  const head = `<testcase${xmlAttributes({ classname: 'busyhour', name, time: seconds / cases.length })}`;
  if (error !== null)
    return `${head}><error${xmlAttributes({ message: error, type: 'invalid' })}/></testcase>`;
  if (failure !== null)
    return `${head}><failure${xmlAttributes({ message: failure, type: 'threshold' })}/></testcase>`;
  return `${head}/>`;
}

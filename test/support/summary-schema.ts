import { z } from 'zod';
import {
  EVENT_COUNTS,
  INTERVENTIONS,
  OUTAGE_CAUSES,
  OUTCOMES,
  type RunSummary,
  TREND_NAMES,
} from '../../src/measure/summary.js';

/**
 * Shape of `summary.json`, held equal to the type `RunSummary` by the compiler (see the end) and written as JSON Schema to
 * `profiles/schema/summary.schema.json` by its test. Nothing is optional: a counter is written when it is 0, a figure without samples is null.
 */
const count = z.int().nonnegative();
const amount = z.number().nonnegative();
const stamp = z.iso.datetime({ precision: 3 });

const latency = z
  .strictObject({
    count: count.describe('Samples'),
    min: amount.nullable(),
    mean: amount.nullable(),
    stdDev: amount.nullable(),
    p50: amount.nullable(),
    p90: amount.nullable(),
    p99: amount.nullable(),
    p999: amount.nullable(),
    p9999: amount.nullable(),
    max: amount.nullable().describe('Exact, not the edge of a bucket'),
  })
  .describe('Milliseconds; null without samples');

const pauseBounds = z
  .strictObject({
    atLeast: amount,
    atMost: amount.nullable().describe('Null while the target never answered again'),
  })
  .describe('The time for which the target did not serve lies within');

const outageWindow = z.strictObject({
  target: z.string(),
  startedAt: stamp,
  endedAt: stamp.nullable().describe('Null while no answer has ended it'),
  durationMs: amount,
  pauseMs: pauseBounds,
  lost: count.describe('Requests due in the window that never got an answer'),
  delayed: count.describe('Requests due in the window that were answered after it'),
  retransmissions: count,
  recoveryByRetransmissionMs: amount.nullable(),
  largestRtoMs: amount.nullable(),
  generatorStallMs: amount,
  referenceMaxMs: amount.nullable(),
  referenceP99Ms: amount.nullable(),
  referenceAnswers: count,
  causes: z.array(z.enum(OUTAGE_CAUSES)),
  rowsFile: z.string().nullable().describe('Raw rows beside summary.json'),
});

const downtimeFigures = {
  pauseMs: pauseBounds,
  longestGapMs: amount,
  maxResponseMs: amount.nullable().describe('From the intended send'),
  maxServiceMs: amount.nullable().describe("From the actual send: the papers' definition of downtime"),
  maxResponseCensored: z
    .boolean()
    .describe('Requests timed out before an answer: the two maxima are lower limits'),
  lossDerivedMs: amount.nullable(),
  degradedMs: amount,
  recoveryMs: amount.nullable(),
  outageThresholdMs: amount.nullable(),
  objectiveMs: amount.nullable(),
  windows: z.array(outageWindow),
};

const run = z.strictObject({
  id: z.string(),
  startedAt: stamp,
  durationSeconds: amount,
  scenario: z.string(),
  arrival: z.string(),
  seed: z.number(),
  carrier: z.string(),
  workers: count,
  targets: z.array(z.string()),
  version: z.string(),
  host: z.strictObject({
    name: z.string(),
    kernel: z.string(),
    cpu: z.string(),
    cores: count,
    memoryMb: amount,
    node: z.string(),
  }),
  interrupted: z.boolean(),
  segments: z
    .array(
      z.strictObject({
        startedAt: stamp,
        endedAt: stamp,
        due: count,
        downBeforeSeconds: amount.describe('The generator was down: no downtime of any target'),
      }),
    )
    .describe('One, and one more for each time that the run was resumed'),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

const requests = z
  .strictObject({
    due: count,
    sent: count,
    ...countsOf(OUTCOMES),
    ...countsOf(EVENT_COUNTS),
  })
  .describe('due = the sum of the outcomes (succeeded to unsent); the others count events');

export const summarySchema = z.strictObject({
  schema: z.literal('busyhour/summary/1'),
  run,
  valid: z.boolean(),
  invalidReasons: z.array(z.string()),
  notes: z.array(z.string()),
  interventions: z
    .array(
      z.strictObject({
        kind: z.enum(INTERVENTIONS),
        at: stamp,
        elapsedSeconds: z.number(),
        fromPerSecond: amount,
        toPerSecond: amount,
      }),
    )
    .describe('What the user did while the run went on; pauses belong to no downtime figure'),
  requests,
  ratePerSecond: z.strictObject({ offered: amount, sent: amount, answered: amount }),
  latencyMs: latency.describe('Intended send to answer, answered requests; ms'),
  latencyAllMs: latency.describe('The same with unanswered requests at the time they waited; ms'),
  serviceTimeMs: latency.describe('Offered to SCTP until answered; ms'),
  scheduleLagMs: latency.describe("Intended send until offered to SCTP, the generator's own fault; ms"),
  transportWaitMs: latency.describe('Offered until first transmission; ms'),
  releaseTimeMs: latency.nullable(),
  downtime: z.strictObject({
    ...downtimeFigures,
    byTarget: z.array(z.strictObject({ ...downtimeFigures, target: z.string() })),
    allTargetsDownMs: amount,
  }),
  transport: z.strictObject({
    associations: z.array(
      z.strictObject({
        id: z.string(),
        endpoint: z.string(),
        state: z.string(),
        retransmissions: count,
        duplicateTsns: count.nullable(),
        srttMs: amount.nullable(),
        rtoMs: amount.nullable(),
        rtoMaxSeenMs: amount.nullable(),
      }),
    ),
  }),
  generatorStalls: z.strictObject({ count, maxMs: amount, totalMs: amount }),
  cpu: z.strictObject({ workersPercent: z.array(amount), hostStealPercent: amount.nullable() }),
  drift: z
    .strictObject({
      skippedSeconds: amount.describe('Beginning of the run that was left out'),
      intervals: count,
      trends: z.array(
        z.strictObject({
          name: z.enum(TREND_NAMES),
          unit: z.enum(['ms', 'MB']),
          perHour: z.number().describe('Slope of the line of Theil and Sen'),
          lowPerHour: z.number(),
          highPerHour: z.number().describe('Bounds of the slope at 99 %'),
          from: z.number(),
          to: z.number(),
          verdict: z.enum(['rising', 'falling', 'steady']),
        }),
      ),
    })
    .nullable()
    .describe('Null with fewer than 30 intervals'),
  thresholds: z.array(
    z.strictObject({
      expression: z.string(),
      value: z.number().nullable().describe("In the metric's own unit; null without samples, which fails"),
      failed: z.boolean(),
      crossings: count
        .optional()
        .describe('Over a sliding window: how often it was crossed; absent: whole run'),
    }),
  ),
});

function countsOf<Name extends string>(names: readonly Name[]): Record<Name, typeof count> {
  return Object.fromEntries(names.map((name) => [name, count])) as Record<Name, typeof count>;
}

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile when schema and type drift apart, in either direction. */
export const SCHEMA_FITS_TYPE: Same<
  DeepReadonly<z.infer<typeof summarySchema>>,
  DeepReadonly<RunSummary>
> = true;

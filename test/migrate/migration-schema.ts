import { z } from 'zod';
import { MIGRATION_EVENTS } from '../../src/migration/driver.js';
import type { MigrationReport } from '../../src/migration/orchestrate-report.js';
import { summarySchema } from '../support/summary-schema.js';

/**
 * Shape of `migration.json`, held equal to the type `MigrationReport` by the compiler (see the end) and written as JSON Schema to
 * `profiles/schema/migration.schema.json` by its test. Nothing is optional: a figure that was not to be had is null.
 */
const amount = z.number().nonnegative();
const count = z.int().nonnegative();
const stamp = z.iso.datetime({ precision: 3 });

const offset = {
  offsetMs: z.number().nullable().describe("That clock less this host's"),
  offsetErrorMs: amount.nullable(),
};

const phases = z.strictObject({
  before: z.number().nullable().describe('Mean over the warm-up'),
  peak: z.number().nullable().describe('Largest sample during the migration'),
  during: z.number().nullable(),
  after: z.number().nullable().describe('Mean over the settling time'),
});
const host = z
  .strictObject({ cpu: phases, memory: phases, memoryMb: phases, disk: phases, network: phases })
  .describe('cpu and memory in per cent, memoryMb in MB, disk writes in KB/s, network in bytes/s both ways');

const downtime = summarySchema.shape.downtime.omit({ byTarget: true, allTargetsDownMs: true }).extend({
  target: z.string(),
  label: z
    .enum(['pause', 'takeover', 'none'])
    .describe('takeover: the other node answered; none: no gap above the outage threshold'),
});

const migration = z.strictObject({
  index: z.int().positive(),
  direction: z.enum(['forth', 'back']),
  driver: z.string(),
  result: z.enum(['completed', 'failed', 'notConverged', 'cancelled']),
  reason: z.string().nullable().describe('One sentence when the result is not completed'),
  startedAt: stamp,
  totalMs: amount.describe("The migration command, by this host's clock"),
  hypervisor: z
    .strictObject({
      totalMs: amount.nullable(),
      downtimeMs: amount.nullable(),
      transferredBytes: amount.nullable(),
      iterations: amount.nullable(),
      dirtyBytesPerSecond: amount.nullable(),
      converged: z.boolean(),
    })
    .describe('What the hypervisor says'),
  truth: z.strictObject({
    stoppedMs: z.number().nullable().describe('The VM ran nowhere'),
    stoppedErrorMs: amount.nullable().describe('How far that may be off, either way'),
    probeGapMs: amount.nullable().describe('Longest time between two answers to the independent probe'),
    probeSpacingMs: amount.nullable(),
    serviceGapMs: amount
      .nullable()
      .describe(
        'Longest time between two new answers of the service, seen on the wire by a program of its own',
      ),
    probeBackAtMs: amount.nullable().describe("End of that gap, ms since 1970, this host's clock"),
  }),
  downtime: downtime.describe('Of the migrated target, cut to the migration'),
  recovery: z
    .strictObject({
      retransmissions: count,
      statedMs: amount.describe('Last transmission without an answer until the first answer'),
      largestRtoMs: amount.nullable(),
    })
    .nullable(),
  requests: summarySchema.shape.requests,
  valid: z.boolean(),
  thresholdsFailed: z.array(z.string()),
  hosts: z.strictObject({ source: host, destination: host }),
  guest: host.nullable().describe('Inside the VM'),
  clocks: z.array(z.strictObject({ of: z.string(), ...offset })).describe('Remote hosts against this one'),
  counters: z
    .array(
      z.strictObject({
        place: z.string(),
        receivedBytes: amount.nullable(),
        sentBytes: amount.nullable(),
        fault: z.string().nullable(),
      }),
    )
    .describe('What passed the interfaces, other traffic included'),
  workload: z
    .strictObject({
      command: z.string(),
      asked: z.record(z.string(), z.number()),
      achieved: z.record(z.string(), z.number()).nullable(),
      fault: z.string().nullable(),
    })
    .nullable()
    .describe('Stress inside the VM, by its own account'),
  beside: z
    .array(
      z.strictObject({
        name: z.string(),
        run: z.string().describe('Folder of its run beside migration.json'),
        valid: z.boolean(),
        due: count,
        succeeded: count,
        longestGapMs: amount,
        maxServiceMs: amount.nullable(),
        fault: z.string().nullable(),
      }),
    )
    .describe('Load on other clusters meanwhile'),
  timeline: z.array(
    z.strictObject({
      name: z.enum(MIGRATION_EVENTS),
      atMs: z.number().describe('Ms since 1970, by clock'),
      clock: z.string(),
      ...offset,
      text: z.string(),
    }),
  ),
  run: z.string().describe('Folder of the run beside migration.json'),
});

const figure = z.strictObject({
  count,
  mean: z.number().nullable(),
  variance: amount.nullable().describe('Population variance'),
  standardDeviation: amount.nullable(),
  marginOfError: amount.nullable().describe('At 95 %: 1.96 sd / sqrt(count)'),
  min: z.number().nullable(),
  median: z.number().nullable(),
  max: z.number().nullable(),
});
const statistics = z.strictObject({
  hypervisorDowntimeMs: figure,
  hypervisorTotalMs: figure,
  transferredBytes: figure,
  totalMs: figure,
  stoppedMs: figure,
  probeGapMs: figure,
  pauseAtLeastMs: figure,
  pauseAtMostMs: figure,
  longestGapMs: figure,
  maxResponseMs: figure,
  maxServiceMs: figure,
  retransmissions: figure,
  statedRecoveryMs: figure,
});

export const migrationSchema = z.strictObject({
  schema: z.literal('busyhour/migration/1'),
  version: z.string(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  migrations: z.array(migration),
  statistics: z.strictObject({ all: statistics, first: statistics, later: statistics }),
  notes: z.array(z.string()),
});

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
type Fits<A, B> = A extends B ? (B extends A ? true : false) : false;

/** Fails to compile when schema and type drift apart, in either direction. */
export const SCHEMA_FITS_TYPE: Fits<
  DeepReadonly<z.infer<typeof migrationSchema>>,
  DeepReadonly<MigrationReport>
> = true;

import { z } from 'zod';
import { ValueError } from './errors.js';
import { durationNs, expected, fraction, oneOf, ratePerSecond } from './fields.js';
import { LIMITS } from './limits.js';

/** How the rate of a run changes with time. All rates are of all workers together. */
export type RateShape =
  | { readonly kind: 'constant'; readonly ratePerSecond: number }
  /** Linear from one rate to the other within `overNs`, then steady at the second. */
  | {
      readonly kind: 'ramp';
      readonly fromPerSecond: number;
      readonly toPerSecond: number;
      readonly overNs: number;
    }
  /** One rate after the other; the last one lasts until the end of the run. */
  | {
      readonly kind: 'step';
      readonly steps: readonly { readonly ratePerSecond: number; readonly forNs: number }[];
    }
  /** `ratePerSecond`, and `factor` times that for `forNs` from `atNs` on, again every `everyNs` unless null. */
  | {
      readonly kind: 'burst';
      readonly ratePerSecond: number;
      readonly factor: number;
      readonly forNs: number;
      readonly atNs: number;
      readonly everyNs: number | null;
    };

/** When requests are due: the rate over time, and how they lie within it. */
export interface Arrival {
  readonly shape: RateShape;
  /** `even`: at equal distances of the cumulated rate; `poisson`: at exponential ones. */
  readonly spacing: 'even' | 'poisson';
}

const rate = () => ratePerSecond(LIMITS.ratePerSecondMax.value);
const spacing = () =>
  oneOf(['even', 'poisson'])
    .prefault('even')
    .describe('even distances, or exponential ones (Poisson arrivals)');

const ramp = z.strictObject({
  kind: z.literal('ramp'),
  from: rate().describe('rate at the start'),
  to: rate().describe('rate at the end'),
  over: durationNs({ min: '1ms' })
    .optional()
    .describe('time from one rate to the other; the whole run when absent'),
  spacing: spacing(),
});

const step = z.strictObject({
  kind: z.literal('step'),
  steps: z
    .array(
      z.strictObject(
        {
          rate: rate().describe('rate of this step'),
          for: durationNs({ min: '1ms' }).describe('how long it lasts'),
        },
        { error: expected('a step with rate and for') },
      ),
      { error: 'expected a list of steps, each with rate and for' },
    )
    .min(1, 'expected at least one step')
    .max(1000, 'expected at most 1000 steps'),
  spacing: spacing(),
});

const burst = z.strictObject({
  kind: z.literal('burst'),
  factor: fraction(0, 1000).prefault(1.5).describe('times the rate during a burst'),
  for: durationNs({ min: '1ms' }).prefault('60s').describe('how long a burst lasts'),
  at: durationNs().prefault('60s').describe('start of the first burst'),
  every: durationNs({ min: '1ms' })
    .optional()
    .describe('from one start to the next; a single burst when absent'),
  spacing: spacing(),
});

const form = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('constant') }),
    z.strictObject({ kind: z.literal('poisson') }),
    ramp,
    step,
    burst,
  ],
  { error: 'expected kind to be one of constant, poisson, ramp, step, burst' },
);

/** The `arrival` key: a mapping with `kind`, or the same in one line (see {@link parseArrivalText}). */
export const arrivalField = z.union(
  [
    z
      .string()
      .transform((input, context): unknown => {
        try {
          return parseArrivalText(input);
        } catch (error) {
          if (!(error instanceof ValueError)) throw error;
          context.addIssue({ code: 'custom', message: error.message, input });
          return z.NEVER;
        }
      })
      .pipe(form),
    form,
  ],
  { error: expected('constant, poisson, ramp, step or burst, or a mapping with kind') },
);

export type ArrivalForm = z.output<typeof form>;

/**
 * One line to the mapping: `constant`, `poisson`, `ramp:from=100,to=9450`, `step:1000/30s,2000/30s`,
 * `burst:factor=1.5,for=60s,at=60s,every=5m`; `spacing=poisson` may be added to the last three.
 * @throws ValueError
 */
export function parseArrivalText(input: string): Record<string, unknown> {
  const [kind, rest] = splitOnce(input.trim(), ':');
  const fields: Record<string, unknown> = { kind };
  const steps: Record<string, unknown>[] = [];
  for (const part of rest === '' ? [] : rest.split(',')) {
    const [key, value] = splitOnce(part, '=');
    if (kind === 'step' && value === '') {
      const [stepRate, time] = splitOnce(part, '/');
      if (time === '')
        throw new ValueError(`expected a step as RATE/DURATION such as 1000/30s, got '${part}'`);
      steps.push({ rate: stepRate, for: time });
    } else if (value === '') {
      throw new ValueError(`expected KEY=VALUE such as factor=1.5, got '${part}'`);
    } else {
      fields[key] = value;
    }
  }
  if (kind === 'step') fields.steps = steps;
  return fields;
}

/**
 * The form in base units. `ratePerSecondGiven` is the `rate` key; shapes that need it get a fault-free value from the caller's check.
 * A ramp without `over` takes the whole of `runNs`.
 */
export function arrivalOf(given: ArrivalForm, ratePerSecondGiven: number, runNs: number): Arrival {
  switch (given.kind) {
    case 'constant':
      return { shape: { kind: 'constant', ratePerSecond: ratePerSecondGiven }, spacing: 'even' };
    case 'poisson':
      return { shape: { kind: 'constant', ratePerSecond: ratePerSecondGiven }, spacing: 'poisson' };
    case 'ramp':
      return {
        shape: {
          kind: 'ramp',
          fromPerSecond: given.from,
          toPerSecond: given.to,
          overNs: given.over ?? runNs,
        },
        spacing: given.spacing,
      };
    case 'step':
      return {
        shape: {
          kind: 'step',
          steps: given.steps.map((each) => ({ ratePerSecond: each.rate, forNs: each.for })),
        },
        spacing: given.spacing,
      };
    case 'burst':
      return {
        shape: {
          kind: 'burst',
          ratePerSecond: ratePerSecondGiven,
          factor: given.factor,
          forNs: given.for,
          atNs: given.at,
          everyNs: given.every ?? null,
        },
        spacing: given.spacing,
      };
  }
}

/** Highest rate that a shape reaches. */
export function ratePeakPerSecond(shape: RateShape): number {
  switch (shape.kind) {
    case 'constant':
      return shape.ratePerSecond;
    case 'ramp':
      return Math.max(shape.fromPerSecond, shape.toPerSecond);
    case 'step':
      return Math.max(...shape.steps.map((each) => each.ratePerSecond));
    case 'burst':
      return shape.ratePerSecond * Math.max(1, shape.factor);
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

import type { CapacityReport, RecordedStep } from '../measure/capacity-result.js';
import { csvLine } from './csv.js';
import { grouped, milliseconds } from './format.js';
import { type JunitCase, junitXml } from './junit.js';
import { painter, table } from './layout.js';

const LIMITS: Readonly<Record<CapacityReport['limitedBy'], string>> = {
  target: 'limited by the target',
  generator: 'limited by the GENERATOR: the target may carry more; give it more workers or another host',
  maximum: 'limited by --max: the target may carry more',
};

/** One line a step, while the search goes on. */
export function stepLine(step: RecordedStep): string {
  const mark = step.feasible ? 'ok  ' : step.blame === 'generator' ? 'OWN ' : 'no  ';
  const rate = `${grouped(step.ratePerSecond)}/s`.padStart(11);
  const p99 = `p99 ${milliseconds(step.p99Ms)} ms`.padEnd(16);
  return `${mark}${rate}  ${step.purpose.padEnd(8)} ${p99} ${step.feasible ? '' : step.reason}`.trimEnd();
}

const STEP_HEADER = ['', 'req/s', 'why', 'held', 'p99 ms', 'max ms', 'failed', ''];

/** Header and rows of the table of steps, for every form alike. */
export function capacitySteps({ steps }: CapacityReport): {
  readonly header: string[];
  readonly rows: string[][];
} {
  const rows = steps.map((step, index) => [
    String(index + 1),
    grouped(step.ratePerSecond),
    step.purpose,
    step.feasible ? 'yes' : 'no',
    milliseconds(step.p99Ms),
    milliseconds(step.maxMs),
    grouped(step.failed),
    step.feasible ? '' : `${step.blame === 'generator' ? 'generator: ' : ''}${step.reason}`,
  ]);
  return { header: [...STEP_HEADER], rows };
}

/** Feasible and infeasible levels in the form of the papers' table. */
export function capacityLevels(report: CapacityReport): string[][] {
  return [
    ['feasible', rates(report.feasiblePerSecond)],
    ['infeasible', rates(report.infeasibleLevelsPerSecond)],
  ];
}

/** The answer in a sentence, then what shows it. */
export function capacityHead(report: CapacityReport): string[] {
  const limit =
    report.infeasiblePerSecond === null ? '' : `; ${grouped(report.infeasiblePerSecond)}/s did not hold`;
  const monotonic =
    report.contradictionsPerSecond.length === 0
      ? 'monotonic: every level below the limit held, none above it did'
      : `NOT monotonic: ${rates(report.contradictionsPerSecond)} held although a lower level did not`;
  return [
    `${grouped(report.capacityPerSecond)} requests a second, ${LIMITS[report.limitedBy]}`,
    `held ${report.held} times${limit}; objective ${report.objective}, ${report.stepDurationSeconds} s a step`,
    monotonic,
  ];
}

/** The result of a search for a terminal: the answer, the evidence, and the levels. */
export function capacityText(
  report: CapacityReport,
  options: { readonly folder: string; readonly colour: boolean },
): string {
  const paint = painter(options.colour);
  const [headline = '', ...evidence] = capacityHead(report);
  const { header, rows } = capacitySteps(report);
  const lines = [
    paint('bold', 'CAPACITY'),
    paint(report.limitedBy === 'target' ? 'green' : 'yellow', `  ${headline}`),
    ...evidence.map((line) => `  ${line}`),
    '',
    paint('bold', 'LEVELS'),
    ...table(capacityLevels(report)),
    '',
    paint('bold', 'STEPS'),
    ...table([header, ...rows], ['right', 'right', 'left', 'left', 'right', 'right', 'right', 'left']),
    ...report.notes.map((note) => `  note: ${note}`),
    '',
    `  result    ${options.folder}`,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * The same for CI. What fails is a search without an answer: a limit of the generator, or evidence that contradicts itself. Whether the capacity is
 * enough is for the reader: it stands in the properties.
 */
export function capacityJunit(report: CapacityReport, startedAt: string): string {
  const cases: JunitCase[] = [
    {
      name: 'a rate held as often as it had to',
      failure: report.capacityPerSecond > 0 ? null : 'no rate held',
      error: null,
    },
    {
      name: 'the limit is not the generator\u2019s',
      failure: null,
      error: report.limitedBy === 'generator' ? LIMITS.generator : null,
    },
    {
      name: 'the evidence is monotonic',
      failure: null,
      error: report.contradictionsPerSecond.length === 0 ? null : capacityHead(report)[2]!,
    },
  ];
  return junitXml([
    {
      name: 'busyhour capacity',
      startedAt,
      hostName: report.targets.join(','),
      seconds: report.steps.length * report.stepDurationSeconds,
      properties: [
        ['capacityPerSecond', report.capacityPerSecond],
        ['limitedBy', report.limitedBy],
        ['infeasiblePerSecond', report.infeasiblePerSecond ?? 'none met'],
        ['objective', report.objective],
        ['steps', report.steps.length],
      ],
      cases,
      output: [...capacityHead(report), ...report.notes].join('\n'),
    },
  ]);
}

function rates(levels: readonly number[]): string {
  return levels.length === 0 ? '-' : levels.map((rate) => grouped(rate)).join(', ');
}

/** One line a step. */
export function capacityCsv({ steps }: CapacityReport): string {
  const header = [
    'rate_per_s',
    'purpose',
    'feasible',
    'blame',
    'p99_ms',
    'max_ms',
    'failed',
    'answered_per_s',
    'reason',
  ];
  const lines = steps.map((step) =>
    csvLine([
      step.ratePerSecond,
      step.purpose,
      String(step.feasible),
      step.blame,
      step.p99Ms,
      step.maxMs,
      step.failed,
      step.answeredPerSecond,
      step.reason,
    ]),
  );
  return `${[csvLine(header), ...lines].join('\n')}\n`;
}

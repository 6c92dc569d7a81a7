import { csvLine } from '../report/csv.js';
import { grouped, milliseconds } from '../report/format.js';
import { painter, table } from '../report/layout.js';
import type { CapacityReport, RecordedStep } from './capacity-run.js';
import type { CliIo } from './io.js';

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

/** The result of a search for a terminal: the answer, the evidence, and the levels in the form of the papers' table. */
export function capacityText(report: CapacityReport, folder: string, io: CliIo): string {
  const paint = painter(io.stdout.isTTY === true && io.env.NO_COLOR === undefined);
  const rates = (levels: readonly number[]): string =>
    levels.length === 0 ? '-' : levels.map((rate) => grouped(rate)).join(', ');
  const limit =
    report.infeasiblePerSecond === null ? '' : `; ${grouped(report.infeasiblePerSecond)}/s did not hold`;
  const monotonic =
    report.contradictionsPerSecond.length === 0
      ? 'monotonic: every level below the limit held, none above it did'
      : `NOT monotonic: ${rates(report.contradictionsPerSecond)} held although a lower level did not`;
  const rows = report.steps.map((step, index) => [
    String(index + 1),
    grouped(step.ratePerSecond),
    step.purpose,
    step.feasible ? 'yes' : 'no',
    milliseconds(step.p99Ms),
    milliseconds(step.maxMs),
    grouped(step.failed),
    step.feasible ? '' : `${step.blame === 'generator' ? 'generator: ' : ''}${step.reason}`,
  ]);
  const header = ['', 'req/s', 'why', 'held', 'p99 ms', 'max ms', 'failed', ''];
  const lines = [
    paint('bold', 'CAPACITY'),
    paint(
      report.limitedBy === 'target' ? 'green' : 'yellow',
      `  ${grouped(report.capacityPerSecond)} requests a second, ${LIMITS[report.limitedBy]}`,
    ),
    `  held ${report.held} times${limit}; objective ${report.objective}, ${report.stepDurationSeconds} s a step`,
    `  ${monotonic}`,
    '',
    paint('bold', 'LEVELS'),
    ...table([
      ['feasible', rates(report.feasiblePerSecond)],
      ['infeasible', rates(report.infeasibleLevelsPerSecond)],
    ]),
    '',
    paint('bold', 'STEPS'),
    ...table([header, ...rows], ['right', 'right', 'left', 'left', 'right', 'right', 'right', 'left']),
    ...report.notes.map((note) => `  note: ${note}`),
    '',
    `  result    ${folder}`,
  ];
  return `${lines.join('\n')}\n`;
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

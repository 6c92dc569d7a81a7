/**
 * What bundling costs in time and spares in CPU: `--bundle off`, `tick` (with `--tick 1ms`) and `auto` in turn, in every round and at every rate, the
 * order shifting by one a round.
 */
import { keepFigures, OUT_OPTION } from '../figures.js';
import { list, number, rate, readOptions, whole } from '../options.js';
import { type Bundling, measureBusyhour } from './measure.js';
import { oneCoreASide } from './placement.js';
import { median } from './rounds.js';

const MODES: readonly { readonly bundling: Bundling; readonly flags: readonly string[] }[] = [
  { bundling: 'off', flags: [] },
  { bundling: 'tick', flags: ['--tick', '1ms'] },
  { bundling: 'auto', flags: [] },
];
const TIMEOUT_SECONDS = 10;

/** What one run showed; times in us. */
interface Shown {
  /** From when the request was due. */
  readonly latencyP50: number;
  readonly latencyP99: number;
  /** From when it was offered to SCTP. */
  readonly responseP50: number;
  readonly responseP99: number;
  /** CPU of both processes. */
  readonly generator: number;
  readonly responder: number;
  readonly clean: boolean;
}

interface Row {
  readonly ratePerSecond: number;
  readonly bundling: Bundling;
  readonly rounds: readonly Shown[];
}

async function show(ratePerSecond: number, { bundling, flags }: (typeof MODES)[number], seconds: number) {
  const placement = oneCoreASide();
  const load = { placement, bundling, flags, ratePerSecond, seconds, timeoutSeconds: TIMEOUT_SECONDS };
  const { summary, ...figures } = await measureBusyhour(load);
  const us = (ms: number | null): number => (ms === null ? Number.NaN : ms * 1000);
  return {
    latencyP50: us(summary.latencyMs.p50),
    latencyP99: us(summary.latencyMs.p99),
    responseP50: us(summary.serviceTimeMs.p50),
    responseP99: us(summary.serviceTimeMs.p99),
    generator: figures.generatorUsPerRequest ?? Number.NaN,
    responder: figures.responderUsPerRequest ?? Number.NaN,
    clean: figures.clean,
  } satisfies Shown;
}

/** Every mode once a round: what disturbs a round disturbs all three. */
async function measureRate(ratePerSecond: number, rounds: number, seconds: number): Promise<Row[]> {
  const shown = MODES.map((): Shown[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < MODES.length; turn++) {
      const at = (round + turn) % MODES.length;
      shown[at]!.push(await show(ratePerSecond, MODES[at]!, seconds));
    }
  }
  return MODES.map(({ bundling }, at) => ({ ratePerSecond, bundling, rounds: shown[at]! }));
}

function line({ ratePerSecond, bundling, rounds }: Row): string {
  const middle = (of: (shown: Shown) => number): string => (median(rounds.map(of)) ?? Number.NaN).toFixed(1);
  return [
    `${String(ratePerSecond).padStart(7)}/s  ${bundling.padEnd(4)}`,
    `response p50 ${middle((s) => s.responseP50)} p99 ${middle((s) => s.responseP99)} us`,
    `latency p50 ${middle((s) => s.latencyP50)} p99 ${middle((s) => s.latencyP99)} us`,
    `CPU generator ${middle((s) => s.generator)} responder ${middle((s) => s.responder)} us/request`,
    `clean ${rounds.filter(({ clean }) => clean).length}/${rounds.length}`,
  ].join('  ');
}

async function main(): Promise<number> {
  const { rounds, seconds, rates, out } = readOptions({
    about:
      'What bundling costs in time and spares in CPU: --bundle off, tick (with --tick 1ms) and auto in turn.',
    options: {
      rounds: { takes: whole(), default: '5', about: 'runs of each mode and rate' },
      seconds: { takes: number(2), default: '4', about: 'length of each run' },
      rates: { takes: list(rate()), default: '1000,9450,50000', about: 'requests a second' },
      out: OUT_OPTION,
    },
  });
  const rows: Row[] = [];
  for (const ratePerSecond of rates) {
    const measured = await measureRate(ratePerSecond, rounds, seconds);
    for (const row of measured) process.stdout.write(`${line(row)}\n`);
    rows.push(...measured);
  }
  keepFigures(out, { rounds, seconds, rows });
  return 0;
}

process.exitCode = await main();

/**
 * What bundling costs in time and spares in CPU: `--bundle off`, `tick` (with `--tick 1ms`) and `auto` in turn, in every round and at every rate, the
 * order shifting by one a round.
 *
 *   node dist/bench/performance/bundling.js [--rounds 5] [--seconds 4] [--rates 1000,9450,50000] [--out FILE]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { hostFacts } from '../../src/runtime/host-facts.js';
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
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      rates: { type: 'string', default: '1000,9450,50000' },
      out: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  const rates = values.rates.split(',').map(Number);
  if (!Number.isInteger(rounds) || rounds < 1 || !(seconds >= 2) || rates.some((rate) => !(rate > 0))) {
    process.stderr.write(
      'bundling: --rounds takes a whole number, --seconds at least 2, --rates requests per second\n',
    );
    return 2;
  }
  const rows: Row[] = [];
  for (const rate of rates) {
    const measured = await measureRate(rate, rounds, seconds);
    for (const row of measured) process.stdout.write(`${line(row)}\n`);
    rows.push(...measured);
  }
  if (values.out !== undefined) {
    const file = resolve(values.out);
    const { name: _, ...host } = hostFacts();
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      `${JSON.stringify({ measuredAt: new Date().toISOString(), host, rounds, seconds, rows }, null, 2)}\n`,
    );
  }
  return 0;
}

process.exitCode = await main();

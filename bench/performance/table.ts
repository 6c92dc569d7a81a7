/** What a request costs the generator and the responder, in CPU time, as one thing after the other grows. */

import { keepFigures, OUT_OPTION } from '../figures.js';
import { probeExchange } from '../micro/exchange.js';
import { number, readOptions } from '../options.js';
import { type BusyhourLoad, type Figures, measureBusyhour } from './measure.js';
import { oneCoreASide } from './placement.js';

interface Row {
  readonly grows: string;
  readonly value: number;
  readonly load: Partial<BusyhourLoad>;
  /** Generators at a time, each a process with responders of its own; one when left out. */
  readonly processes?: number;
}

/** Servers of one responder's service model at most: as many requests can be in service in it. */
const SERVERS = 65_536;

/** Where nothing else is said. */
const RATE = 20_000;
const TIMEOUT_SECONDS = 10;

function rows(requestBytes: number): Row[] {
  const rates = [100, 1000, 9450, 20_000, 50_000, 100_000, 200_000];
  const associations = [1, 4, 16, 64];
  const sizes = [requestBytes, 500, 1000, 2000, 4000];
  // Each request is in service so long that as many are under way at a time.
  const inFlight = [1000, 10_000, 60_000, 300_000];
  return [
    ...rates.map((value) => ({ grows: 'requests/s', value, load: { ratePerSecond: value } })),
    ...associations.map((value) => ({
      grows: 'associations',
      value,
      load: { flags: ['--associations', `${value}`] },
    })),
    ...sizes.map((value) => ({
      grows: 'octets of a request',
      value,
      load: { flags: ['--padding', `${value - requestBytes}`] },
    })),
    ...inFlight.map((value) => ({
      grows: 'in flight',
      value,
      load: inServiceLoad(value),
    })),
    ...[1, 2].map((value) => ({ grows: 'generator processes', value, processes: value, load: {} })),
  ];
}

/** Measured once all of them are in service. */
function inServiceLoad(inFlight: number): Partial<BusyhourLoad> {
  const serviceSeconds = inFlight / RATE;
  return {
    responders: Math.ceil(inFlight / SERVERS),
    settleSeconds: serviceSeconds,
    timeoutSeconds: Math.ceil(2 * serviceSeconds) + TIMEOUT_SECONDS,
    responderFlags: [
      ...['--service-time', `${serviceSeconds * 1000}ms`],
      ...['--service-servers', `${SERVERS}`, '--service-queue', '1000000'],
    ],
  };
}

/** The figures of one row: means of the processes that ran side by side, rates added up. */
async function measureRow({ load, processes = 1 }: Row, seconds: number): Promise<Figures> {
  const measured = await Promise.all(
    Array.from({ length: processes }, () =>
      measureBusyhour({
        placement: oneCoreASide(),
        bundling: 'auto',
        ratePerSecond: RATE,
        timeoutSeconds: TIMEOUT_SECONDS,
        ...load,
        seconds: seconds + (load.settleSeconds ?? 0),
      }),
    ),
  );
  const mean = (of: (figures: Figures) => number | null): number =>
    measured.reduce((sum, figures) => sum + (of(figures) ?? Number.NaN), 0) / processes;
  return {
    ...(measured[0] as Figures),
    answeredPerSecond: processes * mean((figures) => figures.answeredPerSecond),
    generatorUsPerRequest: mean((figures) => figures.generatorUsPerRequest),
    responderUsPerRequest: mean((figures) => figures.responderUsPerRequest),
    clean: measured.every(({ clean }) => clean),
  };
}

async function main(): Promise<void> {
  const { seconds, out } = readOptions({
    about:
      'What a request costs the generator and the responder, in CPU time, as rate, associations, size, requests in flight or generator ' +
      'processes grow.',
    options: {
      seconds: { takes: number(0.1), default: '3', about: 'length of each run' },
      out: OUT_OPTION,
    },
  });
  const { request } = probeExchange(1);
  const measured = [];
  for (const row of rows(request.length)) {
    const { grows, value } = row;
    const figures = await measureRow(row, seconds);
    const { generatorUsPerRequest, responderUsPerRequest, answeredPerSecond, clean } = figures;
    measured.push({ grows, value, generatorUsPerRequest, responderUsPerRequest, answeredPerSecond, clean });
    process.stdout.write(
      `${grows.padEnd(20)} ${String(value).padStart(8)}  generator ${(generatorUsPerRequest ?? Number.NaN).toFixed(2).padStart(8)} us  responder ${(responderUsPerRequest ?? Number.NaN).toFixed(2).padStart(8)} us  ${Math.round(answeredPerSecond)}/s  ${clean ? '' : 'not all answered in time'}\n`,
    );
  }
  keepFigures(out, { ratePerSecond: RATE, seconds, rows: measured });
}

await main();

/**
 * What one request costs the generator's and the responder's loop, in CPU time of one thread that plays both: a figure that holds on a busy machine.
 *
 *   node dist/bench/micro/loop.js [--batch 1,16,64,256] [--requests 400000] [--bundle auto|off] [--carrier udp|memory] [--json]
 */
import { parseArgs } from 'node:util';
import { loadRunConfig } from '../../src/config/load.js';
import type { Carrier } from '../../src/transport/sctp.js';
import { StationPair, type TurnCosts } from './pair.js';

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '1,16,64,256' },
    requests: { type: 'string', default: '400000' },
    bundle: { type: 'string', default: 'auto' },
    carrier: { type: 'string', default: 'udp' },
    json: { type: 'boolean', default: false },
  },
});

/** Virtual requests a second: about as fast as real ones, so that due times stay near the clock. */
const RATE = 100_000;
/** Requests before anything counts: the optimising compiler has done its work by then. */
const WARM_UP = 150_000;

function costs(batch: number, requests: number): TurnCosts {
  const config = loadRunConfig({
    flags: {
      target: '127.0.0.1:2905',
      rate: `${RATE}`,
      duration: '10h',
      timeout: '5s',
      bundle: values.bundle,
    },
    seedDefault: 1,
  });
  const pair = new StationPair(config, values.carrier as Carrier, batch);
  const warm = { generatorNs: 0, responderNs: 0, answered: 0 };
  while (warm.answered < WARM_UP) pair.turn(warm);
  const measured = { generatorNs: 0, responderNs: 0, answered: 0 };
  while (measured.answered < requests) pair.turn(measured);
  pair.close();
  return measured;
}

for (const batch of values.batch.split(',').map(Number)) {
  const { generatorNs, responderNs, answered } = costs(batch, Number(values.requests));
  const result = {
    bundle: values.bundle,
    carrier: values.carrier,
    batch,
    generatorNs: Math.round(generatorNs / answered),
    responderNs: Math.round(responderNs / answered),
  };
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `bundle ${result.bundle}  batch ${String(batch).padStart(4)}  generator ${String(result.generatorNs).padStart(6)} ns/request  responder ${String(result.responderNs).padStart(6)} ns/request\n`,
  );
}

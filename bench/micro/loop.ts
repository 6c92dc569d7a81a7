/**
 * What one request costs the generator's and the responder's loop, in CPU time of one thread that plays both: a figure that holds on a busy machine.
 *
 *   node dist/bench/micro/loop.js [--batch 1,16,64,256] [--requests 400000] [--bundle auto|off] [--check-share 0.01] [--padding 0] [--carrier udp|memory] [--json]
 */
import { parseArgs } from 'node:util';
import { type Carrier, openBinding } from '../../src/transport/sctp.js';
import { stationPair } from './exchange.js';

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '1,16,64,256' },
    requests: { type: 'string', default: '400000' },
    bundle: { type: 'string', default: 'auto' },
    'check-share': { type: 'string', default: '0.01' },
    padding: { type: 'string', default: '0' },
    carrier: { type: 'string', default: 'udp' },
    json: { type: 'boolean', default: false },
  },
});

/** Requests before anything counts: the optimising compiler has done its work by then. */
const WARM_UP = 150_000;

/** CPU time of one request, ns. */
interface RequestCost {
  readonly generatorNs: number;
  readonly responderNs: number;
}

function measure(requestsPerTurn: number, requests: number): RequestCost {
  const binding = openBinding();
  const { threadCpuNs } = binding;
  const { bundle, padding, 'check-share': checkShare } = values;
  const pair = stationPair(binding, {
    carrier: values.carrier as Carrier,
    requestsPerTurn,
    flags: { bundle, padding, checkShare },
  });
  for (let answered = 0; answered < WARM_UP; ) answered += pair.turn();
  let generatorNs = 0;
  let responderNs = 0;
  let answered = 0;
  while (answered < requests) {
    const start = threadCpuNs();
    pair.offer();
    const offered = threadCpuNs();
    pair.respond();
    const responded = threadCpuNs();
    answered += pair.listen();
    generatorNs += offered - start + threadCpuNs() - responded;
    responderNs += responded - offered;
  }
  pair.close();
  return { generatorNs: generatorNs / answered, responderNs: responderNs / answered };
}

for (const batch of values.batch.split(',').map(Number)) {
  const { generatorNs, responderNs } = measure(batch, Number(values.requests));
  const result = {
    bundle: values.bundle,
    batch,
    generatorNs: Math.round(generatorNs),
    responderNs: Math.round(responderNs),
  };
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `bundle ${result.bundle}  batch ${String(batch).padStart(4)}  generator ${String(result.generatorNs).padStart(6)} ns/request  responder ${String(result.responderNs).padStart(6)} ns/request\n`,
  );
}

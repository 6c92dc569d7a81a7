/**
 * What one request costs the generator's and the responder's loop, in CPU time of one thread that plays both: a figure that holds on a busy machine.
 */
import { LIMITS } from '../../src/config/limits.js';
import { openBinding } from '../../src/transport/sctp.js';
import { choice, list, number, readOptions, whole } from '../options.js';
import { stationPair } from './exchange.js';

/** As the profile has it. */
const PADDING_MAX = LIMITS.messageBytesMax.value - 1024;

const values = readOptions({
  about:
    "What one request costs the generator's and the responder's loop, in CPU time of one thread that plays both: a figure that holds on a busy machine.",
  options: {
    batch: { takes: list(whole()), default: '1,16,64,256', about: 'requests a turn, one after the other' },
    requests: { takes: whole(), default: '400000', about: 'requests of each batch' },
    bundle: { takes: choice('auto', 'off'), default: 'auto', about: 'do messages share packets?' },
    'check-share': {
      takes: number(0, 1),
      default: '0.01',
      about: 'share of the answers that is checked in full',
    },
    padding: { takes: whole(0, PADDING_MAX), default: '0', about: 'octets added to every request' },
    carrier: { takes: choice('udp', 'memory'), default: 'udp', about: 'what SCTP packets travel on' },
    json: { about: 'the figures as JSON, a line a batch' },
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
  const { bundle, padding, carrier, 'check-share': checkShare } = values;
  const pair = stationPair(binding, {
    carrier,
    requestsPerTurn,
    flags: { bundle, padding: `${padding}`, checkShare: `${checkShare}` },
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

for (const batch of values.batch) {
  const { generatorNs, responderNs } = measure(batch, values.requests);
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

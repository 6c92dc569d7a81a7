import { loadRespondConfig, loadRunConfig } from '../../src/config/load.js';
import type { RunConfig } from '../../src/config/run-config.js';
import { RequestTemplate } from '../../src/load/template.js';
import { type BillingApplication, HANDLED } from '../../src/responder/application.js';
import { billingApplicationOf } from '../../src/runtime/respond/application.js';
import { StationPair } from '../../src/runtime/station-pair.js';
import { type Binding, type Carrier, openBinding } from '../../src/transport/sctp.js';

/** Virtual requests a second of a pair: about as fast as real ones, so that due times stay near the clock. */
const PAIR_RATE = 100_000;
const PAIR_PORT = 41_000;

/** The defaults of `busyhour run` at a rate, with what `flags` add. */
export function runConfigAt(ratePerSecond: number, flags: Readonly<Record<string, string>> = {}): RunConfig {
  return loadRunConfig({
    flags: { target: '127.0.0.1:2905', rate: `${ratePerSecond}`, duration: '10h', timeout: '5s', ...flags },
    seedDefault: 1,
  });
}

/** The generator's template of the CAP probe. */
export function requestTemplate(): RequestTemplate {
  const { addressing } = runConfigAt(1000);
  return new RequestTemplate({ addressing, runId: 0x1234_5678, paddingBytes: 0 });
}

/** The responder's application with the defaults of `busyhour respond`. */
export function billingApplication(binding: Binding = openBinding()): BillingApplication {
  return billingApplicationOf(
    loadRespondConfig({ flags: { listen: '127.0.0.1:2905' }, seedDefault: 1 }),
    binding,
  );
}

/** One request of the probe scenario and the answer that our responder gives to it, as they stand on the wire. */
export interface Exchange {
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

/** Stamps a request and has it answered. */
export function probeExchange(transactionId: number): Exchange {
  const template = requestTemplate();
  const request = new Uint8Array(template.length);
  template.stamp(request, 0, transactionId, 7, 7, 5);
  const application = billingApplication();
  if (application.handle(request, 0, request.length, 1) !== HANDLED.answered)
    throw new Error('the responder does not answer the probe');
  const answer = new Uint8Array(application.answerLength);
  application.writeAnswer(answer, 0);
  return { request, answer };
}

export interface PairChoice {
  readonly carrier: Carrier;
  readonly requestsPerTurn: number;
  readonly flags: Readonly<Record<string, string>>;
}

let pairs = 0;

/** A generator and a responder with their defaults in this thread; see {@link StationPair}. */
export function stationPair(binding: Binding, choice: PairChoice): StationPair {
  const { bundle = 'auto' } = choice.flags;
  return new StationPair({
    binding,
    run: runConfigAt(PAIR_RATE, choice.flags),
    respond: loadRespondConfig({ flags: { listen: '127.0.0.1:2905', bundle }, seedDefault: 1 }),
    carrier: choice.carrier,
    sctpPort: PAIR_PORT + pairs++,
    requestsPerTurn: choice.requestsPerTurn,
  });
}

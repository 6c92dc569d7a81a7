import { loadRespondConfig, loadRunConfig } from '../../src/config/load.js';
import type { RunConfig } from '../../src/config/run-config.js';
import { RequestTemplate } from '../../src/load/template.js';
import { BillingApplication, HANDLED } from '../../src/responder/application.js';
import { Billing } from '../../src/responder/billing.js';
import { DialogueTable } from '../../src/responder/dialogues.js';
import { DuplicateWindow } from '../../src/responder/duplicates.js';
import { Ledger } from '../../src/responder/ledger.js';
import { RecordBatch } from '../../src/responder/record.js';
import { ApplicationStatistics } from '../../src/responder/statistics.js';
import { TariffTable } from '../../src/responder/tariffs.js';

/** The defaults of `busyhour run` at a rate. */
export function runConfigAt(ratePerSecond: number, timeout = '10s'): RunConfig {
  return loadRunConfig({
    flags: { target: '127.0.0.1:2905', rate: `${ratePerSecond}`, duration: '60s', timeout },
    seedDefault: 1,
  });
}

/** The generator's template of the CAP probe. */
export function requestTemplate(): RequestTemplate {
  const { addressing } = runConfigAt(1000);
  return new RequestTemplate({ addressing, runId: 0x1234_5678, paddingBytes: 0 });
}

/** The responder's application with the defaults of `busyhour respond`. */
export function billingApplication(): BillingApplication {
  const config = loadRespondConfig({ flags: { listen: '127.0.0.1:2905' }, seedDefault: 1 });
  const { addressing } = config;
  const prices = { pricePerEvent: 1, pricePerPulse: 1, pulseMs: 1000, grantMs: 3_600_000 };
  return new BillingApplication({
    billing: new Billing({
      ledger: new Ledger({
        subscribers: {
          firstMsisdn: Number(addressing.msisdnRange.first),
          firstImsi: Number(addressing.imsiRange.first),
          count: config.subscribers,
        },
        balance: config.balanceUnits,
      }),
      tariffs: new TariffTable([{ serviceKey: addressing.serviceKey, mode: 'event', ...prices }]),
      duplicates: new DuplicateWindow({ entriesMax: 2 ** Math.ceil(Math.log2(config.rememberedAnswersMax)) }),
      dialogues: new DialogueTable({
        slotsMax: 1024,
        idleTimeoutNs: config.dialogueIdleNs,
        prefix: 0,
        prefixBits: 0,
      }),
      records: new RecordBatch(4096),
      epochUnixMs: 1.6e12,
    }),
    statistics: new ApplicationStatistics(0),
    requestersMax: 16,
  });
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

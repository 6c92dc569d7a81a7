import type { RespondConfig } from '../../config/respond-config.js';
import { BillingApplication } from '../../responder/application.js';
import { Billing } from '../../responder/billing.js';
import { DialogueTable } from '../../responder/dialogues.js';
import { DuplicateWindow } from '../../responder/duplicates.js';
import { Ledger } from '../../responder/ledger.js';
import { RecordBatch } from '../../responder/record.js';
import { ApplicationStatistics } from '../../responder/statistics.js';
import { TariffTable } from '../../responder/tariffs.js';
import type { Binding } from '../../transport/sctp.js';

/** Records of one turn of the loop. */
const RECORDS_PER_TURN = 4096;
/** Calls open at a time; 52 octets each. */
const DIALOGUES_MAX = 2 ** 20;
const REQUESTERS_MAX = 4096;
const PULSE_MS = 1000;
const GRANT_MS = 3_600_000;

/** The first service key is charged per request, the next one per call: `probe` and `call` of the generator. */
export function billingApplicationOf(config: RespondConfig, binding: Binding): BillingApplication {
  const { addressing } = config;
  const prices = {
    pricePerEvent: config.chargeUnits,
    pricePerPulse: config.chargeUnits,
    pulseMs: PULSE_MS,
    grantMs: GRANT_MS,
  };
  const billing = new Billing({
    ledger: new Ledger({
      subscribers: {
        firstMsisdn: Number(addressing.msisdnRange.first),
        firstImsi: Number(addressing.imsiRange.first),
        count: config.subscribers,
      },
      balance: config.balanceUnits,
    }),
    tariffs: new TariffTable([
      { serviceKey: addressing.serviceKey, mode: 'event', ...prices },
      { serviceKey: addressing.serviceKey + 1, mode: 'session', ...prices },
    ]),
    duplicates: new DuplicateWindow({ entriesMax: powerOfTwoFrom(config.rememberedAnswersMax) }),
    dialogues: new DialogueTable({
      slotsMax: DIALOGUES_MAX,
      idleTimeoutNs: config.dialogueIdleNs,
      prefix: 0,
      prefixBits: 0,
    }),
    records: new RecordBatch(RECORDS_PER_TURN),
    epochUnixMs: binding.epochUnixMs,
  });
  return new BillingApplication({
    billing,
    statistics: new ApplicationStatistics(binding.nowNs()),
    requestersMax: REQUESTERS_MAX,
  });
}

function powerOfTwoFrom(least: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(least)));
}

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

/**
 * Rating as configured: the first service key is charged per request, the next one per call, `probe` and `call` of the generator.
 * @param epochUnixMs Unix time of nanosecond 0
 */
export function billingOf(config: RespondConfig, epochUnixMs: number): Billing {
  const { addressing } = config;
  const prices = {
    pricePerEvent: config.chargeUnits,
    pricePerPulse: config.chargeUnits,
    pulseMs: PULSE_MS,
    grantMs: GRANT_MS,
  };
  return new Billing({
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
    epochUnixMs,
  });
}

export function applicationOf(billing: Billing, statistics: ApplicationStatistics): BillingApplication {
  return new BillingApplication({
    billing,
    statistics,
    requestersMax: REQUESTERS_MAX,
  });
}

/** A fresh application that decides and keeps nothing. */
export function billingApplicationOf(config: RespondConfig, binding: Binding): BillingApplication {
  return applicationOf(billingOf(config, binding.epochUnixMs), new ApplicationStatistics(binding.nowNs()));
}

/** What the records of a ledger mean, in words: two ledgers with different ones cannot follow each other. */
export function ledgerTermsOf(config: RespondConfig): string {
  const { msisdnRange, imsiRange, serviceKey } = config.addressing;
  return `${config.subscribers} subscribers from ${msisdnRange.first} / ${imsiRange.first}, balance ${config.balanceUnits}, charge ${config.chargeUnits}, service key ${serviceKey}`;
}

function powerOfTwoFrom(least: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(least)));
}

import { type BerNode, groupNode } from '../ber/node.js';
import { BerReader } from '../ber/reader.js';
import { context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { booleanNode, integerNode, readBoolean, readInteger } from '../ber/values.js';
import { type LegId, legNode, readLeg } from './leg.js';

/**
 * ApplyChargingArg (TS 29.078 §6.1.1). The charging characteristics are an OCTET STRING that carries BER.
 *
 * ```
 *   30  80  a0  80 maxCallPeriodDuration  [a1  01 tone]  [82 tariffSwitchInterval]
 *      [a2 partyToCharge]
 * ```
 * NOTE: deviates from TS 29.078 of release 4 and later, where releaseIfdurationExceeded is a BOOLEAN, because this is CAP v2: a
 * SEQUENCE whose presence asks for release. Both forms are taken.
 */
export interface ApplyChargingArg {
  /** 1...864 000 tenths of a second. */
  readonly maxCallPeriodTenths: number;
  /** Release the call when the period is over, with or without a warning tone before. */
  readonly releaseIfDurationExceeded?: { readonly tone: boolean };
  /** 1...86 400. */
  readonly tariffSwitchSeconds?: number;
  /** Sending side leg 1 when absent. */
  readonly partyToCharge?: LegId;
}

const PERIOD_MAX = 864_000;
const TARIFF_SWITCH_MAX = 86_400;
const CHARACTERISTICS = context(0);
const TIME_DURATION_CHARGING = contextConstructed(0);
const RELEASE_BOOLEAN = context(1);
const RELEASE_SEQUENCE = contextConstructed(1);

export function applyChargingNode(arg: ApplyChargingArg): BerNode {
  const { releaseIfDurationExceeded: release, tariffSwitchSeconds, partyToCharge } = arg;
  return groupNode(
    UNIVERSAL.sequence,
    groupNode(
      CHARACTERISTICS,
      groupNode(
        TIME_DURATION_CHARGING,
        integerNode(arg.maxCallPeriodTenths, context(0)),
        release === undefined ? null : groupNode(RELEASE_SEQUENCE, booleanNode(release.tone)),
        tariffSwitchSeconds === undefined ? null : integerNode(tariffSwitchSeconds, context(2)),
      ),
    ),
    partyToCharge === undefined ? null : legNode(contextConstructed(2), partyToCharge),
  );
}

/** @throws DecodeError layer CAP */
export function decodeApplyCharging(bytes: Uint8Array): ApplyChargingArg {
  const outer = new BerReader(bytes, 'CAP');
  const body = outer.into(outer.expect(UNIVERSAL.sequence, 'ApplyChargingArg'));
  outer.finish('ApplyChargingArg');
  const carried = body.into(body.expect(CHARACTERISTICS, 'aChBillingChargingCharacteristics'));
  const charging = carried.into(carried.expect(TIME_DURATION_CHARGING, 'timeDurationCharging'));
  carried.finish('aChBillingChargingCharacteristics');
  const period = charging.expect(context(0), 'maxCallPeriodDuration');
  const arg: { -readonly [K in keyof ApplyChargingArg]: ApplyChargingArg[K] } = {
    maxCallPeriodTenths: readInteger(charging, period, 'maxCallPeriodDuration', 1, PERIOD_MAX),
  };
  while (charging.more) {
    const element = charging.next('timeDurationCharging');
    if (element.tag === RELEASE_SEQUENCE) {
      const inner = charging.into(element);
      const tone = inner.optional(UNIVERSAL.boolean, 'tone');
      arg.releaseIfDurationExceeded = { tone: tone !== null && readBoolean(inner, tone, 'tone') };
    } else if (element.tag === RELEASE_BOOLEAN) {
      if (readBoolean(charging, element, 'releaseIfdurationExceeded')) {
        arg.releaseIfDurationExceeded = { tone: false };
      }
    } else if (element.tag === context(2)) {
      arg.tariffSwitchSeconds = readInteger(charging, element, 'tariffSwitchInterval', 1, TARIFF_SWITCH_MAX);
    }
  }
  while (body.more) {
    const element = body.next('ApplyChargingArg');
    if (element.tag === contextConstructed(2)) arg.partyToCharge = readLeg(body, element, 'partyToCharge');
  }
  return arg;
}

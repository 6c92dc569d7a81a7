import { type BerNode, groupNode } from '../ber/node.js';
import { BerReader } from '../ber/reader.js';
import { context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { booleanNode, integerNode, readBoolean, readInteger } from '../ber/values.js';
import { type LegId, legNode, readLeg } from './leg.js';

/**
 * ApplyChargingReportArg (TS 29.078 §6.1.1): CallResult, an OCTET STRING that carries BER.
 *
 * ```
 *   04  a0  a0 partyToCharge  a1 timeInformation  [82 call active]
 *               timeInformation:  80 tenths | a1  80 tenths since the tariff switch  [81 tenths before it]
 * ```
 */
export interface ApplyChargingReportArg {
  readonly partyToCharge: LegId;
  readonly time: TimeInformation;
  /** False: the call is over. */
  readonly callActive: boolean;
}

export type TimeInformation =
  | { readonly ifNoTariffSwitchTenths: number }
  | { readonly sinceTariffSwitchTenths: number; readonly tariffSwitchIntervalTenths?: number };

const TENTHS_MAX = 864_000;
const TIME_DURATION_RESULT = contextConstructed(0);

export function applyChargingReportNode(arg: ApplyChargingReportArg): BerNode {
  return groupNode(
    UNIVERSAL.octetString,
    groupNode(
      TIME_DURATION_RESULT,
      legNode(contextConstructed(0), arg.partyToCharge),
      groupNode(contextConstructed(1), timeNode(arg.time)),
      // X.690 §11.5 advises to leave a DEFAULT (TRUE) out; peers expect the field, and BER allows it.
      booleanNode(arg.callActive, context(2)),
    ),
  );
}

/** @throws DecodeError layer CAP */
export function decodeApplyChargingReport(bytes: Uint8Array): ApplyChargingReportArg {
  const outer = new BerReader(bytes, 'CAP');
  const carried = outer.into(outer.expect(UNIVERSAL.octetString, 'CallResult'));
  outer.finish('ApplyChargingReportArg');
  const result = carried.into(carried.expect(TIME_DURATION_RESULT, 'timeDurationChargingResult'));
  carried.finish('CallResult');
  const partyToCharge = readLeg(
    result,
    result.expect(contextConstructed(0), 'partyToCharge'),
    'partyToCharge',
  );
  const time = readTime(result.into(result.expect(contextConstructed(1), 'timeInformation')));
  let callActive = true;
  while (result.more) {
    const element = result.next('timeDurationChargingResult');
    if (element.tag === context(2)) callActive = readBoolean(result, element, 'callActive');
  }
  return { partyToCharge, time, callActive };
}

function timeNode(time: TimeInformation): BerNode {
  if ('ifNoTariffSwitchTenths' in time) return integerNode(time.ifNoTariffSwitchTenths, context(0));
  const before = time.tariffSwitchIntervalTenths;
  return groupNode(
    contextConstructed(1),
    integerNode(time.sinceTariffSwitchTenths, context(0)),
    before === undefined ? null : integerNode(before, context(1)),
  );
}

function readTime(reader: BerReader): TimeInformation {
  const element = reader.next('timeInformation');
  reader.finish('timeInformation');
  if (element.tag === context(0)) {
    return { ifNoTariffSwitchTenths: readInteger(reader, element, 'timeIfNoTariffSwitch', 0, TENTHS_MAX) };
  }
  if (element.tag !== contextConstructed(1)) {
    return reader.fail('timeInformation', '[0] or [1]', element.tag.toString(16), element.offset);
  }
  const inner = reader.into(element);
  const since = inner.expect(context(0), 'timeSinceTariffSwitch');
  const sinceTariffSwitchTenths = readInteger(inner, since, 'timeSinceTariffSwitch', 0, TENTHS_MAX);
  const interval = inner.optional(context(1), 'tariffSwitchInterval');
  if (interval === null) return { sinceTariffSwitchTenths };
  return {
    sinceTariffSwitchTenths,
    tariffSwitchIntervalTenths: readInteger(inner, interval, 'tariffSwitchInterval', 1, TENTHS_MAX),
  };
}

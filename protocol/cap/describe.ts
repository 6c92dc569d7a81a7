import {
  booleanShape,
  type Fields,
  fieldsOf,
  integerShape,
  namesOf,
  octetsShape,
  type Shape,
} from '../ber/describe.js';
import { sameObjectIdentifier } from '../ber/object-identifier.js';
import { type BerTag, context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { octetsOf } from '../ber/values.js';
import { hex, type TreeNode } from '../bytes/tree.js';
import { describeSccp } from '../sccp/describe.js';
import { describeTcap } from '../tcap/describe.js';
import { readAddressString } from './address-string.js';
import { readCause } from './cause.js';
import { APPLICATION_CONTEXT, BCSM_EVENT, CAP_ERRORS, CAP_OPERATION, MONITOR_MODE } from './constants.js';
import { unpackTbcd } from './digits.js';
import { readIsupNumber } from './isup-number.js';
import { readTimeAndTimezone } from './time-and-timezone.js';

type Entry = readonly [BerTag, Shape];

const OPERATION_NAMES = namesOf(CAP_OPERATION);
const EVENT_NAMES = namesOf(BCSM_EVENT);
const MODE_NAMES = namesOf(MONITOR_MODE);
/** Longer than any ISUP number: the tree shows them whatever their bounds. */
const ANY_LENGTH = 255;

/**
 * The user data of an M3UA DATA message with SI 3 as a tree, from SCCP down to CAP parameters, for `busyhour decode`. Never throws for bad octets:
 * what could be decoded is shown, with the fault in its place. Offsets count in `bytes`.
 */
export function describeUserData(bytes: Uint8Array, offset = 0, end = bytes.length): TreeNode {
  return describeSccp(bytes, offset, end, (data, from, to) =>
    describeTcap(data, from, to, {
      operationName: (code) => OPERATION_NAMES[code],
      errorName: (code) => CAP_ERRORS[code],
      contextName,
      argument: (operation) => ARGUMENTS.get(operation),
    }),
  );
}

function contextName(arcs: readonly number[]): string | undefined {
  return Object.entries(APPLICATION_CONTEXT).find(([, known]) => sameObjectIdentifier(arcs, known))?.[0];
}

function isupNumberShape(label: string): Shape {
  return {
    label,
    value: (reader, element) => {
      const number = readIsupNumber(reader, element, label, ANY_LENGTH);
      const { digits, natureOfAddress, numberingPlan, presentation, screening } = number;
      return `${digits} (nature ${natureOfAddress}, plan ${numberingPlan}, presentation ${presentation}, screening ${screening})`;
    },
  };
}

function addressShape(label: string): Shape {
  return {
    label,
    value: (reader, element) => {
      const { digits, natureOfAddress, numberingPlan } = readAddressString(reader, element, label);
      return `${digits} (nature ${natureOfAddress}, plan ${numberingPlan})`;
    },
  };
}

function causeShape(label: string): Shape {
  return {
    label,
    value: (reader, element) => {
      const { value, location, diagnostics } = readCause(reader, element, label);
      const more = diagnostics.length === 0 ? '' : `, diagnostics ${hex(diagnostics)}`;
      return `${value} (location ${location}${more})`;
    },
  };
}

const IMSI: Shape = {
  label: 'iMSI',
  value: (reader, element) => unpackTbcd(octetsOf(reader, element, 'iMSI', 3, 8)),
};

const TIME: Shape = {
  label: 'timeAndTimezone',
  value: (reader, element) => {
    const time = readTimeAndTimezone(reader, element, 'timeAndTimezone');
    const two = (value: number): string => `${value}`.padStart(2, '0');
    const date = `${time.year}-${two(time.month)}-${two(time.day)}`;
    const clock = `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
    return `${date} ${clock}, ${time.quartersFromGmt} quarters of an hour from GMT`;
  },
};

function legEntry(number: number, label: string): Entry {
  const fields = fieldsOf(
    [context(0), octetsShape('sendingSideID')],
    [context(1), octetsShape('receivingSideID')],
  );
  return [contextConstructed(number), { label, fields }];
}

const LOCATION = fieldsOf(
  [UNIVERSAL.integer, integerShape('ageOfLocationInformation')],
  [context(0), octetsShape('geographicalInformation')],
  [context(1), addressShape('vlr-number')],
  [context(2), isupNumberShape('locationNumber')],
  [
    contextConstructed(3),
    {
      label: 'cellGlobalIdOrServiceAreaIdOrLAI',
      fields: fieldsOf(
        [context(0), octetsShape('cellGlobalIdOrServiceAreaIdFixedLength')],
        [context(1), octetsShape('laiFixedLength')],
      ),
    },
  ],
);

const INITIAL_DP = fieldsOf(
  [context(0), integerShape('serviceKey')],
  [context(2), isupNumberShape('calledPartyNumber')],
  [context(3), isupNumberShape('callingPartyNumber')],
  [context(5), octetsShape('callingPartysCategory')],
  [context(7), integerShape('cGEncountered')],
  [context(8), octetsShape('iPSSPCapabilities')],
  [context(10), isupNumberShape('locationNumber')],
  [context(12), isupNumberShape('originalCalledPartyID')],
  [contextConstructed(15), { label: 'extensions', fields: fieldsOf() }],
  [context(23), octetsShape('highLayerCompatibility')],
  [context(25), octetsShape('additionalCallingPartyNumber')],
  [
    contextConstructed(27),
    { label: 'bearerCapability', fields: fieldsOf([context(0), octetsShape('bearerCap')]) },
  ],
  [context(28), integerShape('eventTypeBCSM', EVENT_NAMES)],
  [context(29), isupNumberShape('redirectingPartyID')],
  [context(30), octetsShape('redirectionInformation')],
  [context(50), IMSI],
  [contextConstructed(51), { label: 'subscriberState', fields: fieldsOf() }],
  [contextConstructed(52), { label: 'locationInformation', fields: LOCATION }],
  [
    contextConstructed(53),
    {
      label: 'ext-basicServiceCode',
      fields: fieldsOf(
        [context(2), octetsShape('ext-BearerService')],
        [context(3), octetsShape('ext-Teleservice')],
      ),
    },
  ],
  [context(54), octetsShape('callReferenceNumber')],
  [context(55), addressShape('mscAddress')],
  [context(56), octetsShape('calledPartyBCDNumber')],
  [context(57), TIME],
);

const BCSM_EVENTS = fieldsOf(
  [context(0), integerShape('eventTypeBCSM', EVENT_NAMES)],
  [context(1), integerShape('monitorMode', MODE_NAMES)],
  legEntry(2, 'legID'),
  [
    contextConstructed(30),
    {
      label: 'dpSpecificCriteria',
      fields: fieldsOf([context(1), integerShape('applicationTimer, s')]),
    },
  ],
);

const REQUEST_REPORT = fieldsOf([
  contextConstructed(0),
  {
    label: 'bcsmEvents',
    fields: fieldsOf([UNIVERSAL.sequence, { label: 'BCSMEvent', fields: BCSM_EVENTS }]),
  },
]);

const TIME_DURATION_CHARGING = fieldsOf(
  [context(0), integerShape('maxCallPeriodDuration, 0.1 s')],
  [context(1), booleanShape('releaseIfdurationExceeded')],
  [
    contextConstructed(1),
    {
      label: 'releaseIfdurationExceeded',
      fields: fieldsOf([UNIVERSAL.boolean, booleanShape('tone')]),
    },
  ],
  [context(2), integerShape('tariffSwitchInterval, s')],
);

const APPLY_CHARGING = fieldsOf(
  [
    context(0),
    {
      label: 'aChBillingChargingCharacteristics',
      fields: fieldsOf([
        contextConstructed(0),
        { label: 'timeDurationCharging', fields: TIME_DURATION_CHARGING },
      ]),
    },
  ],
  legEntry(2, 'partyToCharge'),
);

const TIME_INFORMATION = fieldsOf(
  [context(0), integerShape('timeIfNoTariffSwitch, 0.1 s')],
  [
    contextConstructed(1),
    {
      label: 'timeIfTariffSwitch',
      fields: fieldsOf(
        [context(0), integerShape('timeSinceTariffSwitch, 0.1 s')],
        [context(1), integerShape('tariffSwitchInterval, 0.1 s')],
      ),
    },
  ],
);

const CALL_RESULT = fieldsOf([
  contextConstructed(0),
  {
    label: 'timeDurationChargingResult',
    fields: fieldsOf(
      legEntry(0, 'partyToCharge'),
      [contextConstructed(1), { label: 'timeInformation', fields: TIME_INFORMATION }],
      [context(2), booleanShape('callActive')],
    ),
  },
]);

/** EventSpecificInformationBCSM alternatives; a cause is always [0]. */
const SPECIFIC_NAMES: Readonly<Record<number, string>> = {
  2: 'routeSelectFailureSpecificInfo',
  3: 'oCalledPartyBusySpecificInfo',
  4: 'oNoAnswerSpecificInfo',
  5: 'oAnswerSpecificInfo',
  7: 'oDisconnectSpecificInfo',
  8: 'tBusySpecificInfo',
  9: 'tNoAnswerSpecificInfo',
  10: 'tAnswerSpecificInfo',
  12: 'tDisconnectSpecificInfo',
};

const SPECIFIC = fieldsOf(
  ...Object.entries(SPECIFIC_NAMES).map(
    ([number, label]): Entry => [
      contextConstructed(Number(number)),
      { label, fields: fieldsOf([context(0), causeShape('cause')]) },
    ],
  ),
);

const EVENT_REPORT = fieldsOf(
  [context(0), integerShape('eventTypeBCSM', EVENT_NAMES)],
  [contextConstructed(2), { label: 'eventSpecificInformationBCSM', fields: SPECIFIC }],
  legEntry(3, 'legID'),
  [
    contextConstructed(4),
    {
      label: 'miscCallInfo',
      fields: fieldsOf([context(0), integerShape('messageType', { 0: 'request', 1: 'notification' })]),
    },
  ],
);

function argument(label: string, fields: Fields): Shape {
  return { label, fields };
}

/** Arguments by operation code. */
const ARGUMENTS: ReadonlyMap<number, Shape> = new Map([
  [CAP_OPERATION.initialDP, argument('InitialDPArg', INITIAL_DP)],
  [CAP_OPERATION.releaseCall, causeShape('ReleaseCallArg')],
  [CAP_OPERATION.requestReportBCSMEvent, argument('RequestReportBCSMEventArg', REQUEST_REPORT)],
  [CAP_OPERATION.eventReportBCSM, argument('EventReportBCSMArg', EVENT_REPORT)],
  [CAP_OPERATION.applyCharging, argument('ApplyChargingArg', APPLY_CHARGING)],
  [CAP_OPERATION.applyChargingReport, argument('ApplyChargingReportArg', CALL_RESULT)],
]);

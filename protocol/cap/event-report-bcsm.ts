import { type BerNode, groupNode, leafNode } from '../ber/node.js';
import { BerReader } from '../ber/reader.js';
import { context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { integerNode, readInteger } from '../ber/values.js';
import { type Cause, causeContent, readCause } from './cause.js';
import { BCSM_EVENT, BCSM_EVENT_MAX } from './constants.js';
import { type LegId, legNode, readLeg } from './leg.js';

/**
 * EventReportBCSMArg (TS 29.078 §6.1.1).
 *
 * ```
 *   30  80 eventTypeBCSM  [a2  aN  [80 cause]]  [a3 legID]  [a4  80 messageType]
 *                              N: 2 routeSelectFailure, 3 oCalledPartyBusy, 4 oNoAnswer, 5 oAnswer, 7 oDisconnect,
 *                                 8 tBusy, 9 tNoAnswer, 10 tAnswer, 12 tDisconnect
 * ```
 */
export interface EventReportBcsmArg {
  /** See `BCSM_EVENT`. */
  readonly eventTypeBCSM: number;
  /** Why a call failed or ended, of events that have a cause. */
  readonly cause?: Cause;
  readonly legId?: LegId;
  /** MiscCallInfo messageType: 0 request (the detection point waits), 1 notification. */
  readonly messageType?: number;
}

/** EventSpecificInformationBCSM alternative of events whose information holds a cause under [0]. */
const WITH_CAUSE: Readonly<Record<number, number>> = {
  [BCSM_EVENT.routeSelectFailure]: 2,
  [BCSM_EVENT.oCalledPartyBusy]: 3,
  [BCSM_EVENT.oDisconnect]: 7,
  [BCSM_EVENT.tBusy]: 8,
  [BCSM_EVENT.tDisconnect]: 12,
};

/** @throws RangeError when a cause is given for an event that has none. */
export function eventReportBcsmNode(arg: EventReportBcsmArg): BerNode {
  const { eventTypeBCSM, legId, messageType } = arg;
  return groupNode(
    UNIVERSAL.sequence,
    integerNode(eventTypeBCSM, context(0)),
    specificInformationNode(arg),
    legId === undefined ? null : legNode(contextConstructed(3), legId),
    messageType === undefined ? null : groupNode(contextConstructed(4), integerNode(messageType, context(0))),
  );
}

/** @throws DecodeError layer CAP */
export function decodeEventReportBcsm(bytes: Uint8Array): EventReportBcsmArg {
  const outer = new BerReader(bytes, 'CAP');
  const reader = outer.into(outer.expect(UNIVERSAL.sequence, 'EventReportBCSMArg'));
  outer.finish('EventReportBCSMArg');
  const type = reader.expect(context(0), 'eventTypeBCSM');
  const arg: { -readonly [K in keyof EventReportBcsmArg]: EventReportBcsmArg[K] } = {
    eventTypeBCSM: readInteger(reader, type, 'eventTypeBCSM', 0, BCSM_EVENT_MAX),
  };
  while (reader.more) {
    const element = reader.next('EventReportBCSMArg');
    if (element.tag === contextConstructed(2)) {
      const found = readSpecificInformation(reader.into(element), arg.eventTypeBCSM);
      if (found !== null) arg.cause = found;
    } else if (element.tag === contextConstructed(3)) {
      arg.legId = readLeg(reader, element, 'legID');
    } else if (element.tag === contextConstructed(4)) {
      const inner = reader.into(element);
      arg.messageType = readInteger(inner, inner.expect(context(0), 'messageType'), 'messageType', 0, 1);
    }
  }
  return arg;
}

function specificInformationNode(arg: EventReportBcsmArg): BerNode | null {
  if (arg.cause === undefined) return null;
  const alternative = WITH_CAUSE[arg.eventTypeBCSM];
  if (alternative === undefined) throw new RangeError(`CAP: event ${arg.eventTypeBCSM} has no cause`);
  return groupNode(
    contextConstructed(2),
    groupNode(contextConstructed(alternative), leafNode(context(0), causeContent(arg.cause))),
  );
}

function readSpecificInformation(reader: BerReader, eventType: number): Cause | null {
  const choice = reader.next('eventSpecificInformationBCSM');
  reader.finish('eventSpecificInformationBCSM');
  const alternative = WITH_CAUSE[eventType];
  if (alternative === undefined || choice.tag !== contextConstructed(alternative)) return null;
  const inner = reader.into(choice);
  const element = inner.optional(context(0), 'cause');
  return element === null ? null : readCause(inner, element, 'cause');
}

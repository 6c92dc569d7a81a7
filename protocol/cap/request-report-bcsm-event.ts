import { type BerNode, groupNode } from '../ber/node.js';
import { BerReader } from '../ber/reader.js';
import { context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { integerNode, readInteger } from '../ber/values.js';
import { BCSM_EVENT_MAX } from './constants.js';
import { type LegId, legNode, readLeg } from './leg.js';

/** BCSMEvent (TS 29.078 §5.1): one detection point to be armed. */
export interface BcsmEvent {
  /** See `BCSM_EVENT`. */
  readonly eventTypeBCSM: number;
  /** See `MONITOR_MODE`. */
  readonly monitorMode: number;
  readonly legId?: LegId;
  /** applicationTimer of a no-answer event, seconds. */
  readonly applicationTimerSeconds?: number;
}

/**
 * RequestReportBCSMEventArg (TS 29.078 §6.1.1).
 *
 * ```
 *   30  a0  30  80 eventTypeBCSM  81 monitorMode  [a2 legID]  [be  81 applicationTimer]
 *           30  ...
 * ```
 */
export interface RequestReportBcsmEventArg {
  readonly bcsmEvents: readonly BcsmEvent[];
}

/** numOfBCSMEvents. */
const EVENTS_MAX = 30;

export function requestReportBcsmEventNode(arg: RequestReportBcsmEventArg): BerNode {
  return groupNode(UNIVERSAL.sequence, groupNode(contextConstructed(0), ...arg.bcsmEvents.map(eventNode)));
}

/** @throws DecodeError layer CAP */
export function decodeRequestReportBcsmEvent(bytes: Uint8Array): RequestReportBcsmEventArg {
  const outer = new BerReader(bytes, 'CAP');
  const body = outer.into(outer.expect(UNIVERSAL.sequence, 'RequestReportBCSMEventArg'));
  outer.finish('RequestReportBCSMEventArg');
  const list = body.into(body.expect(contextConstructed(0), 'bcsmEvents'));
  const bcsmEvents: BcsmEvent[] = [];
  do {
    bcsmEvents.push(readEvent(list.into(list.expect(UNIVERSAL.sequence, 'BCSMEvent'))));
    if (bcsmEvents.length > EVENTS_MAX) list.fail('bcsmEvents', `at most ${EVENTS_MAX}`, 'more');
  } while (list.more);
  return { bcsmEvents };
}

function eventNode(event: BcsmEvent): BerNode {
  const timer = event.applicationTimerSeconds;
  return groupNode(
    UNIVERSAL.sequence,
    integerNode(event.eventTypeBCSM, context(0)),
    integerNode(event.monitorMode, context(1)),
    event.legId === undefined ? null : legNode(contextConstructed(2), event.legId),
    timer === undefined ? null : groupNode(contextConstructed(30), integerNode(timer, context(1))),
  );
}

function readEvent(reader: BerReader): BcsmEvent {
  const type = reader.expect(context(0), 'eventTypeBCSM');
  const eventTypeBCSM = readInteger(reader, type, 'eventTypeBCSM', 0, BCSM_EVENT_MAX);
  const mode = reader.expect(context(1), 'monitorMode');
  const event: { -readonly [K in keyof BcsmEvent]: BcsmEvent[K] } = {
    eventTypeBCSM,
    monitorMode: readInteger(reader, mode, 'monitorMode', 0, 2),
  };
  while (reader.more) {
    const element = reader.next('BCSMEvent');
    if (element.tag === contextConstructed(2)) event.legId = readLeg(reader, element, 'legID');
    if (element.tag === contextConstructed(30)) {
      const choice = reader.into(element);
      const timer = choice.optional(context(1), 'applicationTimer');
      if (timer !== null) {
        event.applicationTimerSeconds = readInteger(choice, timer, 'applicationTimer', 0, 2047);
      }
    }
  }
  return event;
}

import { ANSWER, Answer, readAnswer } from '../../../protocol/cap/read-answer.js';
import { M3UA_PPID } from '../../../protocol/m3ua/codes.js';
import { createDataFields, peekDataMessage } from '../../../protocol/m3ua/peek.js';
import { LEG, LOOKUP, type SlotQueue, type TransactionSlab } from '../../load/slab.js';
import type { Recorder } from '../../measure/recorder.js';
import { EVENT, OUTCOME } from '../../measure/recording.js';
import { HOST_TIME, RX, type SctpHost } from '../../transport/sctp.js';
import { AUDIT } from '../audit.js';
import type { Link, Links } from '../links.js';
import type { Sender } from './sender.js';

/** Checks an answer with the full decoders; false when they refuse it. */
export type CheckAnswer = (bytes: Uint8Array, offset: number, end: number) => boolean;

export interface AnswerParts {
  readonly host: SctpHost;
  readonly links: Links;
  readonly slab: TransactionSlab;
  readonly sender: Sender;
  readonly recorder: Recorder;
  readonly scenario: 'probe' | 'call';
  readonly holdNs: number;
  /** Calls that wait for their second leg, in the order in which it is due. */
  readonly held: SlotQueue;
  /** Calls whose report waits for its answer. */
  readonly reports: SlotQueue;
  /** Share of the answers that the full decoders check, 0 to 1. */
  readonly checkShare: number;
  readonly checkAnswer: CheckAnswer;
  /** What was answered, by sequence number, where the run is audited. */
  readonly audit: Uint8Array | undefined;
}

/**
 * Takes received messages to the requests they answer. Reads only what correlation and outcome need; allocates nothing.
 *
 * An answer that names a transaction of ours ends its leg, whatever it says; everything else is an event beside the outcomes.
 */
export class Answers {
  readonly #parts: AnswerParts;
  readonly #fields = createDataFields();
  readonly #answer = new Answer();
  #checkDue = 0;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  /** Takes message `index` of the receive batch. */
  message(index: number): void {
    const { host, links } = this.#parts;
    const { rxBytes, rxRecords } = host;
    const at = index * RX.stride;
    const link = links.find(rxRecords[at + RX.association]!);
    if (link === undefined || rxRecords[at + RX.ppid] !== M3UA_PPID) return;
    const offset = rxRecords[at + RX.offset]!;
    const length = rxRecords[at + RX.length]!;
    const stream = rxRecords[at + RX.stream]!;
    const fields = this.#fields;
    if (peekDataMessage(rxBytes, offset, length, fields) === 0 && link.endpoint.admitsData(stream, fields)) {
      this.userData(link, rxBytes, fields.userOffset, fields.userOffset + fields.userLength, index);
    } else {
      links.message(link, stream, rxBytes, offset, length, host.times[HOST_TIME.now]!);
    }
  }

  /** Takes the SCCP message in `bytes`, received at time `index` of the receive batch. */
  userData(link: Link, bytes: Uint8Array, offset: number, end: number, index: number): void {
    const { slab, recorder, host } = this.#parts;
    const answer = this.#answer;
    let outcome = readAnswer(bytes, offset, end, answer);
    if (outcome !== ANSWER.malformed && this.#checkIsDue() && !this.#parts.checkAnswer(bytes, offset, end)) {
      outcome = ANSWER.malformed;
    }
    const target = link.peer < 0 ? 0 : link.peer;
    const slot = answer.ownIdSize === 4 ? slab.lookup(answer.ownId) : LOOKUP.unknown;
    if (slot >= 0) {
      this.#ofTransaction(slot, outcome, index, target);
      return;
    }
    const times = host.rxTimesNs;
    recorder.event(target, eventOf(slot), times[index]!);
    if (isApplicationAnswer(outcome)) recorder.heard(target, times, index);
  }

  #ofTransaction(slot: number, outcome: number, index: number, from: number): void {
    const { slab } = this.#parts;
    switch (slab.leg[slot]) {
      case LEG.queued:
        // It was in line to be sent again.
        this.#parts.sender.remove(slot);
        this.#firstLeg(slot, outcome, index, from);
        break;
      case LEG.sent:
        this.#firstLeg(slot, outcome, index, from);
        break;
      case LEG.reportSent:
        this.#parts.reports.remove(slot);
        this.#secondLeg(slot, outcome, index);
        break;
      default:
        this.#outOfTurn(slot, outcome, index);
    }
  }

  #firstLeg(slot: number, outcome: number, index: number, from: number): void {
    const { scenario, slab, recorder, held, holdNs, host } = this.#parts;
    const continues = this.#answer.peerIdSize > 0;
    if (scenario === 'call' && outcome === ANSWER.continue && continues) {
      recorder.answered(slot, host.rxTimesNs, index, from);
      slab.peerId[slot] = this.#answer.peerId;
      slab.peerIdSize[slot] = this.#answer.peerIdSize;
      slab.reportDueNs[slot] = host.rxTimesNs[index]! + holdNs;
      slab.leg[slot] = LEG.held;
      this.#note(slot, AUDIT.firstLeg);
      held.push(slot);
      return;
    }
    // A probe is answered by the end of its dialogue, a call that goes on by a Continue.
    const expected = scenario === 'call' ? outcome !== ANSWER.continue : !continues;
    this.#finish(slot, expected ? firstOutcome(outcome) : OUTCOME.malformed, outcome, index, from);
  }

  #secondLeg(slot: number, outcome: number, index: number): void {
    const { slab, recorder, host } = this.#parts;
    const times = host.rxTimesNs;
    if (isApplicationAnswer(outcome)) recorder.legAnswered(slot, slab.reportDueNs[slot]!, times, index);
    const ended = this.#answer.peerIdSize === 0 ? secondOutcome(outcome) : OUTCOME.malformed;
    recorder.ended(slot, ended, times[index]!);
    if (ended === OUTCOME.succeeded) this.#note(slot, AUDIT.secondLeg);
    slab.end(slot, true);
  }

  /** Something about a call in hold, or a report not yet sent: an abort ends the call, anything else is a repetition. */
  #outOfTurn(slot: number, outcome: number, index: number): void {
    const { slab, recorder, held, sender, host } = this.#parts;
    const times = host.rxTimesNs;
    const target = slab.target[slot]!;
    if (isApplicationAnswer(outcome)) recorder.heard(target, times, index);
    if (outcome !== ANSWER.uAbort && outcome !== ANSWER.pAbort) {
      recorder.event(target, EVENT.duplicateAnswered, times[index]!);
      return;
    }
    if (slab.leg[slot] === LEG.held) held.remove(slot);
    else sender.remove(slot);
    recorder.ended(slot, OUTCOME.failed, times[index]!);
    slab.end(slot, true);
  }

  #finish(slot: number, outcome: number, said: number, index: number, from: number): void {
    const { slab, recorder, host } = this.#parts;
    const times = host.rxTimesNs;
    if (isApplicationAnswer(said)) recorder.completed(slot, outcome, times, index, from);
    else recorder.ended(slot, outcome, times[index]!);
    if (outcome === OUTCOME.succeeded) this.#note(slot, AUDIT.firstLeg);
    slab.end(slot, true);
  }

  #note(slot: number, mark: number): void {
    const { audit, slab } = this.#parts;
    if (audit !== undefined) audit[slab.sequence(slot)]! |= mark;
  }

  /** True for every 1 / checkShare-th answer. */
  #checkIsDue(): boolean {
    this.#checkDue += this.#parts.checkShare;
    if (this.#checkDue < 1) return false;
    this.#checkDue -= 1;
    return true;
  }
}

/** What an answer to no live transaction counts as, by what the table says of its id. */
function eventOf(lookup: number): number {
  switch (lookup) {
    case LOOKUP.late:
      return EVENT.late;
    case LOOKUP.duplicate:
      return EVENT.duplicateAnswered;
    default:
      return EVENT.unknown;
  }
}

/** Did the application itself speak? A message returned by SCCP, an abort by TCAP and rubbish do not end a gap. */
function isApplicationAnswer(outcome: number): boolean {
  switch (outcome) {
    case ANSWER.continue:
    case ANSWER.release:
    case ANSWER.empty:
    case ANSWER.instructions:
    case ANSWER.returnError:
    case ANSWER.reject:
    case ANSWER.uAbort:
      return true;
    default:
      return false;
  }
}

function firstOutcome(outcome: number): number {
  switch (outcome) {
    case ANSWER.continue:
      return OUTCOME.succeeded;
    case ANSWER.release:
    case ANSWER.returnError:
      return OUTCOME.rejected;
    case ANSWER.reject:
    case ANSWER.returned:
    case ANSWER.pAbort:
    case ANSWER.uAbort:
      return OUTCOME.failed;
    default:
      return OUTCOME.malformed;
  }
}

/** The end of a call: with an order or without one, the charge was taken. */
function secondOutcome(outcome: number): number {
  return outcome === ANSWER.empty || outcome === ANSWER.release ? OUTCOME.succeeded : firstOutcome(outcome);
}

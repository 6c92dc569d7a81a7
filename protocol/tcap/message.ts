import { type BerNode, groupNode } from '../ber/node.js';
import { BerReader } from '../ber/reader.js';
import { integerNode, readInteger } from '../ber/values.js';
import { type Component, componentPortionNode, readComponentPortion } from './component.js';
import { TC } from './constants.js';
import { type DialoguePdu, dialoguePortionNode, readDialoguePortion } from './dialogue.js';
import { readTransactionId, type TransactionId, transactionIdNode } from './transaction-id.js';

/** Dialogue and component portion, alike in four of the five messages. */
interface Portions {
  readonly dialogue: DialoguePdu | null;
  readonly components: readonly Component[];
}

/**
 * A TCAP message (Q.773 §3.1). Element order is fixed.
 *
 * ```
 *   61 Unidirectional                 [6b dialogue]  6c components
 *   62 Begin          48 OTID         [6b dialogue] [6c components]
 *   64 End            49 DTID         [6b dialogue] [6c components]
 *   65 Continue       48 OTID 49 DTID [6b dialogue] [6c components]
 *   67 Abort          49 DTID  4a P-Abort cause | [6b dialogue]
 * ```
 */
export type TcapMessage =
  | ({ readonly type: 'unidirectional' } & Portions)
  | ({ readonly type: 'begin'; readonly otid: TransactionId } & Portions)
  | ({ readonly type: 'end'; readonly dtid: TransactionId } & Portions)
  | ({ readonly type: 'continue'; readonly otid: TransactionId; readonly dtid: TransactionId } & Portions)
  | { readonly type: 'abort'; readonly dtid: TransactionId; readonly pAbortCause: number }
  | { readonly type: 'abort'; readonly dtid: TransactionId; readonly dialogue: DialoguePdu | null };

/** Marks that {@link tcapNode} sets on the transaction ids. */
export const TCAP_MARK = { otid: 'otid', dtid: 'dtid' } as const;

/** The message as an element to encode. @throws RangeError when a transaction id does not fit its size. */
export function tcapNode(message: TcapMessage): BerNode {
  switch (message.type) {
    case 'unidirectional':
      return groupNode(TC.unidirectional, ...portionNodes(message));
    case 'begin':
      return groupNode(TC.begin, otidNode(message.otid), ...portionNodes(message));
    case 'end':
      return groupNode(TC.end, dtidNode(message.dtid), ...portionNodes(message));
    case 'continue':
      return groupNode(TC.continue, otidNode(message.otid), dtidNode(message.dtid), ...portionNodes(message));
    case 'abort': {
      const reason =
        'pAbortCause' in message
          ? integerNode(message.pAbortCause, TC.pAbortCause)
          : message.dialogue && dialoguePortionNode(message.dialogue);
      return groupNode(TC.abort, dtidNode(message.dtid), reason);
    }
  }
}

/**
 * Decodes one TCAP message that fills the octets from `offset` to `end`.
 * @returns views into `bytes`; parameters of components as raw elements
 * @throws DecodeError layer TCAP
 */
export function decodeTcap(bytes: Uint8Array, offset = 0, end = bytes.length): TcapMessage {
  const reader = new BerReader(bytes, 'TCAP', offset, end);
  const element = reader.next('message');
  reader.finish('message');
  const body = reader.into(element);
  switch (element.tag) {
    case TC.unidirectional: {
      const portions = readPortions(body);
      if (portions.components.length === 0) body.fail('component portion', 'at least one component', 'none');
      return { type: 'unidirectional', ...portions };
    }
    case TC.begin:
      return { type: 'begin', otid: readOtid(body), ...readPortions(body) };
    case TC.end:
      return { type: 'end', dtid: readDtid(body), ...readPortions(body) };
    case TC.continue:
      return { type: 'continue', otid: readOtid(body), dtid: readDtid(body), ...readPortions(body) };
    case TC.abort:
      return readAbort(body);
    default:
      return reader.fail('message type', '61, 62, 64, 65 or 67', element.tag.toString(16), element.offset);
  }
}

function otidNode(id: TransactionId): BerNode {
  return transactionIdNode(TC.otid, id, TCAP_MARK.otid);
}

function dtidNode(id: TransactionId): BerNode {
  return transactionIdNode(TC.dtid, id, TCAP_MARK.dtid);
}

function portionNodes(portions: Portions): readonly (BerNode | null)[] {
  return [
    portions.dialogue === null ? null : dialoguePortionNode(portions.dialogue),
    componentPortionNode(portions.components),
  ];
}

function readOtid(body: BerReader): TransactionId {
  return readTransactionId(body, body.expect(TC.otid, 'OTID'), 'OTID');
}

function readDtid(body: BerReader): TransactionId {
  return readTransactionId(body, body.expect(TC.dtid, 'DTID'), 'DTID');
}

function readPortions(body: BerReader): Portions {
  const dialogueElement = body.optional(TC.dialoguePortion, 'dialogue portion');
  const dialogue = dialogueElement === null ? null : readDialoguePortion(body.into(dialogueElement));
  const componentElement = body.optional(TC.componentPortion, 'component portion');
  const components = componentElement === null ? [] : readComponentPortion(body.into(componentElement));
  body.finish('message');
  return { dialogue, components };
}

function readAbort(body: BerReader): TcapMessage {
  const dtid = readDtid(body);
  const cause = body.optional(TC.pAbortCause, 'P-Abort cause');
  if (cause !== null) {
    const pAbortCause = readInteger(body, cause, 'P-Abort cause', 0, 127);
    body.finish('message');
    return { type: 'abort', dtid, pAbortCause };
  }
  const dialogueElement = body.optional(TC.dialoguePortion, 'dialogue portion');
  const dialogue = dialogueElement === null ? null : readDialoguePortion(body.into(dialogueElement));
  body.finish('message');
  return { type: 'abort', dtid, dialogue };
}

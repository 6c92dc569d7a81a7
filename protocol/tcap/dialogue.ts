import { type BerNode, groupNode, leafNode, rawNode } from '../ber/node.js';
import {
  type ObjectIdentifier,
  objectIdentifierContent,
  readObjectIdentifier,
  sameObjectIdentifier,
} from '../ber/object-identifier.js';
import type { BerElement, BerReader } from '../ber/reader.js';
import { context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { integerNode, octetsOf, readInteger } from '../ber/values.js';
import { DIALOGUE_AS_ID, TC, UNI_DIALOGUE_AS_ID } from './constants.js';

/**
 * Dialogue portion (Q.773 §4.2): one APDU inside an EXTERNAL that names its abstract syntax.
 *
 * ```
 *   6b  28  06 dialogue-as-id
 *           a0  60 AARQ | 61 AARE | 64 ABRT           (AUDT: uniDialogue-as-id and 60)
 * ```
 */
export type DialoguePdu = Aarq | Aare | Abrt | Audt;

/** Dialogue request: what a Begin carries. */
export interface Aarq {
  readonly pdu: 'aarq';
  readonly applicationContext: ObjectIdentifier;
  /** Complete EXTERNAL elements, one after the other; null when absent. */
  readonly userInformation: Uint8Array | null;
}

/** Dialogue response: what the first Continue or End back carries. */
export interface Aare {
  readonly pdu: 'aare';
  readonly applicationContext: ObjectIdentifier;
  readonly result: 'accepted' | 'rejectPermanent';
  /** Who gives the diagnostic. */
  readonly diagnosticSource: 'user' | 'provider';
  /** 0 null, 1 no reason given, 2 application context not supported (user) or no common dialogue portion (provider). */
  readonly diagnostic: number;
  readonly userInformation: Uint8Array | null;
}

/** Dialogue abort: what an Abort by the user carries. */
export interface Abrt {
  readonly pdu: 'abrt';
  readonly source: 'user' | 'provider';
  readonly userInformation: Uint8Array | null;
}

/** Unidirectional dialogue. */
export interface Audt {
  readonly pdu: 'audt';
  readonly applicationContext: ObjectIdentifier;
  readonly userInformation: Uint8Array | null;
}

const AARQ = 0x60;
const AARE = 0x61;
const ABRT = 0x64;
const VERSION = context(0);
const USER_INFORMATION = contextConstructed(30);

/** The dialogue portion as an element. */
export function dialoguePortionNode(pdu: DialoguePdu): BerNode {
  const syntax = pdu.pdu === 'audt' ? UNI_DIALOGUE_AS_ID : DIALOGUE_AS_ID;
  return groupNode(
    TC.dialoguePortion,
    groupNode(
      UNIVERSAL.external,
      leafNode(UNIVERSAL.objectIdentifier, objectIdentifierContent(syntax)),
      groupNode(contextConstructed(0), pduNode(pdu)),
    ),
  );
}

/** Reads the contents of a dialogue portion. @throws DecodeError when it is not one of the four APDUs in its EXTERNAL. */
export function readDialoguePortion(portion: BerReader): DialoguePdu {
  const external = portion.into(portion.expect(UNIVERSAL.external, 'dialogue portion'));
  portion.finish('dialogue portion');
  const syntaxElement = external.expect(UNIVERSAL.objectIdentifier, 'abstract syntax');
  const syntax = readObjectIdentifier(external, syntaxElement, 'abstract syntax');
  const single = external.into(external.expect(contextConstructed(0), 'single-ASN1-type'));
  external.finish('dialogue portion');
  const element = single.next('dialogue PDU');
  single.finish('dialogue PDU');
  const body = single.into(element);
  if (sameObjectIdentifier(syntax, UNI_DIALOGUE_AS_ID) && element.tag === AARQ) {
    return { pdu: 'audt', ...readRequestBody(body) };
  }
  if (!sameObjectIdentifier(syntax, DIALOGUE_AS_ID)) {
    external.fail('abstract syntax', 'dialogue-as-id', syntax.join('.'), syntaxElement.offset);
  }
  switch (element.tag) {
    case AARQ:
      return { pdu: 'aarq', ...readRequestBody(body) };
    case AARE:
      return readAare(body);
    case ABRT:
      return readAbrt(body);
    default:
      return single.fail('dialogue PDU', 'AARQ, AARE or ABRT', element.tag.toString(16), element.offset);
  }
}

function pduNode(pdu: DialoguePdu): BerNode {
  switch (pdu.pdu) {
    case 'aarq':
    case 'audt':
      return groupNode(
        AARQ,
        versionNode(),
        applicationContextNode(pdu.applicationContext),
        userInformationNode(pdu.userInformation),
      );
    case 'aare':
      return groupNode(
        AARE,
        versionNode(),
        applicationContextNode(pdu.applicationContext),
        groupNode(contextConstructed(2), integerNode(pdu.result === 'accepted' ? 0 : 1)),
        groupNode(
          contextConstructed(3),
          groupNode(contextConstructed(pdu.diagnosticSource === 'user' ? 1 : 2), integerNode(pdu.diagnostic)),
        ),
        userInformationNode(pdu.userInformation),
      );
    case 'abrt':
      return groupNode(
        ABRT,
        integerNode(pdu.source === 'user' ? 0 : 1, context(0)),
        userInformationNode(pdu.userInformation),
      );
  }
}

/** BIT STRING { version1(0) }: seven unused bits, then bit 0 set. */
function versionNode(): BerNode {
  return leafNode(VERSION, Uint8Array.of(0x07, 0x80));
}

function applicationContextNode(name: ObjectIdentifier): BerNode {
  return groupNode(
    contextConstructed(1),
    leafNode(UNIVERSAL.objectIdentifier, objectIdentifierContent(name)),
  );
}

function userInformationNode(value: Uint8Array | null): BerNode | null {
  return value === null ? null : groupNode(USER_INFORMATION, rawNode(value));
}

function readRequestBody(body: BerReader): {
  applicationContext: number[];
  userInformation: Uint8Array | null;
} {
  readVersion(body);
  const applicationContext = readApplicationContext(body);
  return { applicationContext, userInformation: readUserInformation(body) };
}

function readAare(body: BerReader): Aare {
  readVersion(body);
  const applicationContext = readApplicationContext(body);
  const resultReader = body.into(body.expect(contextConstructed(2), 'result'));
  const result = readInteger(resultReader, resultReader.expect(UNIVERSAL.integer, 'result'), 'result', 0, 1);
  resultReader.finish('result');
  const choice = body.into(body.expect(contextConstructed(3), 'result-source-diagnostic'));
  const element = choice.next('result-source-diagnostic');
  choice.finish('result-source-diagnostic');
  const byUser = element.tag === contextConstructed(1);
  if (!byUser && element.tag !== contextConstructed(2)) {
    choice.fail('result-source-diagnostic', '[1] or [2]', element.tag.toString(16), element.offset);
  }
  const inner = choice.into(element);
  const diagnostic = readInteger(inner, inner.expect(UNIVERSAL.integer, 'diagnostic'), 'diagnostic', 0, 2);
  inner.finish('diagnostic');
  return {
    pdu: 'aare',
    applicationContext,
    result: result === 0 ? 'accepted' : 'rejectPermanent',
    diagnosticSource: byUser ? 'user' : 'provider',
    diagnostic,
    userInformation: readUserInformation(body),
  };
}

function readAbrt(body: BerReader): Abrt {
  const source = readInteger(body, body.expect(context(0), 'abort-source'), 'abort-source', 0, 1);
  return {
    pdu: 'abrt',
    source: source === 0 ? 'user' : 'provider',
    userInformation: readUserInformation(body),
  };
}

/** DEFAULT { version1 }; a peer that sets further bits still speaks version 1. */
function readVersion(body: BerReader): void {
  const element = body.optional(VERSION, 'protocol-version');
  if (element === null) return;
  const content = octetsOf(body, element, 'protocol-version', 2, 3);
  if ((content[1]! & 0x80) === 0) {
    body.fail('protocol-version', 'version1', 'another', element.offset);
  }
}

function readApplicationContext(body: BerReader): number[] {
  const field = 'application-context-name';
  const inner = body.into(body.expect(contextConstructed(1), field));
  const name = readObjectIdentifier(inner, inner.expect(UNIVERSAL.objectIdentifier, field), field);
  inner.finish(field);
  return name;
}

function readUserInformation(body: BerReader): Uint8Array | null {
  const element: BerElement | null = body.optional(USER_INFORMATION, 'user-information');
  body.finish('dialogue PDU');
  return element === null ? null : body.content(element);
}

import {
  type Fields,
  fieldsOf,
  integerShape,
  objectIdentifierShape,
  octetsShape,
  type Shape,
} from '../ber/describe.js';
import { sameObjectIdentifier } from '../ber/object-identifier.js';
import { type BerTag, context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { DIALOGUE_AS_ID, UNI_DIALOGUE_AS_ID } from './constants.js';

type Entry = readonly [BerTag, Shape];

/** How to show the contents of a dialogue portion; `contextName` names application contexts. */
export function dialogueFields(contextName: (arcs: readonly number[]) => string | undefined): Fields {
  const version: Entry = [context(0), octetsShape('protocol-version')];
  const name: Entry = [
    contextConstructed(1),
    {
      label: 'application-context-name',
      fields: fieldsOf([UNIVERSAL.objectIdentifier, objectIdentifierShape('name', contextName)]),
    },
  ];
  const userInformation: Entry = [contextConstructed(30), { label: 'user-information', fields: fieldsOf() }];
  const source: Entry = [context(0), integerShape('abort-source', { 0: 'user', 1: 'provider' })];
  const pdus = fieldsOf(
    [0x60, { label: 'AARQ or AUDT', fields: fieldsOf(version, name, userInformation) }],
    [0x61, { label: 'AARE', fields: fieldsOf(version, name, result(), diagnostic(), userInformation) }],
    [0x64, { label: 'ABRT', fields: fieldsOf(source, userInformation) }],
  );
  const external = fieldsOf(
    [UNIVERSAL.objectIdentifier, objectIdentifierShape('abstract syntax', syntaxName)],
    [contextConstructed(0), { label: 'single-ASN1-type', fields: pdus }],
  );
  return fieldsOf([UNIVERSAL.external, { label: 'EXTERNAL', fields: external }]);
}

function result(): Entry {
  const names = { 0: 'accepted', 1: 'reject-permanent' };
  const fields = fieldsOf([UNIVERSAL.integer, integerShape('Associate-result', names)]);
  return [contextConstructed(2), { label: 'result', fields }];
}

function diagnostic(): Entry {
  const byUser = integerShape('dialogue-service-user', {
    0: 'null',
    1: 'no-reason-given',
    2: 'application-context-name-not-supported',
  });
  const byProvider = integerShape('dialogue-service-provider', {
    0: 'null',
    1: 'no-reason-given',
    2: 'no-common-dialogue-portion',
  });
  const fields = fieldsOf(
    [contextConstructed(1), { label: 'user', fields: fieldsOf([UNIVERSAL.integer, byUser]) }],
    [contextConstructed(2), { label: 'provider', fields: fieldsOf([UNIVERSAL.integer, byProvider]) }],
  );
  return [contextConstructed(3), { label: 'result-source-diagnostic', fields }];
}

function syntaxName(arcs: readonly number[]): string | undefined {
  if (sameObjectIdentifier(arcs, DIALOGUE_AS_ID)) return 'dialogue-as-id';
  return sameObjectIdentifier(arcs, UNI_DIALOGUE_AS_ID) ? 'uniDialogue-as-id' : undefined;
}

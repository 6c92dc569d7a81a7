import type { ObjectIdentifier } from '../ber/object-identifier.js';

/** Identifiers of the transaction sublayer (Q.773 §3.1, tables 8 to 17). */
export const TC = {
  unidirectional: 0x61,
  begin: 0x62,
  end: 0x64,
  continue: 0x65,
  abort: 0x67,
  otid: 0x48,
  dtid: 0x49,
  pAbortCause: 0x4a,
  dialoguePortion: 0x6b,
  componentPortion: 0x6c,
} as const;

/** Identifiers of components (Q.773 §3.3). */
export const COMPONENT = {
  invoke: 0xa1,
  returnResultLast: 0xa2,
  returnError: 0xa3,
  reject: 0xa4,
  returnResultNotLast: 0xa7,
} as const;

/** P-Abort causes 0...4 (Q.773 §3.1.4). */
export const P_ABORT_CAUSES = [
  'unrecognizedMessageType',
  'unrecognizedTransactionID',
  'badlyFormattedTransactionPortion',
  'incorrectTransactionPortion',
  'resourceLimitation',
] as const;

/** Abstract syntax of structured dialogues, dialogue-as-id (Q.773 §4.2.1). */
export const DIALOGUE_AS_ID: ObjectIdentifier = [0, 0, 17, 773, 1, 1, 1];
/** Abstract syntax of the AUDT of a Unidirectional message, uniDialogue-as-id. */
export const UNI_DIALOGUE_AS_ID: ObjectIdentifier = [0, 0, 17, 773, 1, 2, 1];

/** Problem codes of a Reject by kind (Q.773 §3.3.6, tables 27 to 30). */
export const PROBLEMS = {
  general: ['unrecognizedComponent', 'mistypedComponent', 'badlyStructuredComponent'],
  invoke: [
    'duplicateInvokeID',
    'unrecognizedOperation',
    'mistypedParameter',
    'resourceLimitation',
    'initiatingRelease',
    'unrecognizedLinkedID',
    'linkedResponseUnexpected',
    'unexpectedLinkedOperation',
  ],
  returnResult: ['unrecognizedInvokeID', 'returnResultUnexpected', 'mistypedParameter'],
  returnError: [
    'unrecognizedInvokeID',
    'returnErrorUnexpected',
    'unrecognizedError',
    'unexpectedError',
    'mistypedParameter',
  ],
} as const;
export type ProblemKind = keyof typeof PROBLEMS;

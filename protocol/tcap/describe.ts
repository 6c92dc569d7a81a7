import {
  attempt,
  describeElement,
  describeElements,
  type Fields,
  fieldsOf,
  integerShape,
  objectIdentifierShape,
  octetsShape,
  type Shape,
} from '../ber/describe.js';
import { BerReader } from '../ber/reader.js';
import { context, UNIVERSAL } from '../ber/tag.js';
import { readInteger } from '../ber/values.js';
import { DecodeError } from '../bytes/errors.js';
import { faultNode, type TreeNode } from '../bytes/tree.js';
import { COMPONENT, P_ABORT_CAUSES, PROBLEMS, TC } from './constants.js';
import { dialogueFields } from './describe-dialogue.js';

/** What the application above TCAP adds to the tree. */
export interface ApplicationNames {
  readonly operationName: (code: number) => string | undefined;
  readonly errorName: (code: number) => string | undefined;
  readonly contextName: (arcs: readonly number[]) => string | undefined;
  /** How to show the argument of an operation; undefined for unknown ones. */
  readonly argument: (operation: number) => Shape | undefined;
}

/** The TCAP message between `offset` and `end` as a tree. Never throws for bad octets: faults are nodes. */
export function describeTcap(
  bytes: Uint8Array,
  offset: number,
  end: number,
  names: ApplicationNames,
): readonly TreeNode[] {
  return describeElements(new BerReader(bytes, 'TCAP', offset, end), messageFields(names));
}

function messageFields(names: ApplicationNames): Fields {
  const body = fieldsOf(
    [TC.otid, octetsShape('Originating Transaction ID')],
    [TC.dtid, octetsShape('Destination Transaction ID')],
    [TC.pAbortCause, integerShape('P-Abort cause', { ...P_ABORT_CAUSES })],
    [TC.dialoguePortion, { label: 'dialogue portion', fields: dialogueFields(names.contextName) }],
    [TC.componentPortion, { label: 'component portion', fields: componentFields(names) }],
  );
  return fieldsOf(
    [TC.unidirectional, { label: 'Unidirectional', fields: body }],
    [TC.begin, { label: 'Begin', fields: body }],
    [TC.end, { label: 'End', fields: body }],
    [TC.continue, { label: 'Continue', fields: body }],
    [TC.abort, { label: 'Abort', fields: body }],
  );
}

function componentFields(names: ApplicationNames): Fields {
  const result: Shape = {
    label: 'result',
    children: (reader) => describeCoded(reader, 'operation code', names.operationName, 'result'),
  };
  const returnResult = fieldsOf([UNIVERSAL.integer, integerShape('invoke ID')], [UNIVERSAL.sequence, result]);
  const reject = fieldsOf(
    [UNIVERSAL.integer, integerShape('invoke ID')],
    [UNIVERSAL.null, octetsShape('invoke ID not derivable')],
    [context(0), integerShape('general problem', { ...PROBLEMS.general })],
    [context(1), integerShape('invoke problem', { ...PROBLEMS.invoke })],
    [context(2), integerShape('return result problem', { ...PROBLEMS.returnResult })],
    [context(3), integerShape('return error problem', { ...PROBLEMS.returnError })],
  );
  return fieldsOf(
    [COMPONENT.invoke, { label: 'Invoke', children: (reader) => describeInvoke(reader, names) }],
    [COMPONENT.returnResultLast, { label: 'Return Result (last)', fields: returnResult }],
    [COMPONENT.returnResultNotLast, { label: 'Return Result (not last)', fields: returnResult }],
    [
      COMPONENT.returnError,
      {
        label: 'Return Error',
        children: (reader) => [
          ...describeNext(reader, integerShape('invoke ID')),
          ...describeCoded(reader, 'error code', names.errorName, 'error parameter'),
        ],
      },
    ],
    [COMPONENT.reject, { label: 'Reject', fields: reject }],
  );
}

function describeInvoke(reader: BerReader, names: ApplicationNames): readonly TreeNode[] {
  const nodes = describeNext(reader, integerShape('invoke ID'));
  if (reader.more && reader.bytes[reader.offset] === context(0)) {
    nodes.push(...describeNext(reader, integerShape('linked ID')));
  }
  return [
    ...nodes,
    ...describeCoded(reader, 'operation code', names.operationName, 'argument', names.argument),
  ];
}

/** A code, then the parameter that it explains. */
function describeCoded(
  reader: BerReader,
  label: string,
  name: (code: number) => string | undefined,
  parameterLabel: string,
  parameter?: (code: number) => Shape | undefined,
): readonly TreeNode[] {
  const shape: { current: Shape | undefined } = { current: undefined };
  const local: Shape = {
    label,
    value: (inner, element) => {
      const code = readInteger(inner, element, label);
      shape.current = parameter?.(code);
      const known = name(code);
      return known === undefined ? `${code}` : `${code} (${known})`;
    },
  };
  const isGlobal = reader.bytes[reader.offset] === UNIVERSAL.objectIdentifier;
  const nodes = describeNext(reader, isGlobal ? objectIdentifierShape(label) : local);
  if (!reader.more) return nodes;
  return [...nodes, ...describeNext(reader, shape.current, parameterLabel)];
}

/** The next element by `shape`; by its tag under `label` without one. Nothing is left behind a fault. */
function describeNext(reader: BerReader, shape: Shape | undefined, label = 'parameter'): TreeNode[] {
  if (!reader.more) return [];
  const at = reader.offset;
  const element = attempt(() => reader.next(shape?.label ?? label));
  if (element instanceof DecodeError) {
    const node = faultNode(shape?.label ?? label, element.message, at, reader.end - at);
    reader.offset = reader.end;
    return [node];
  }
  const node = describeElement(reader, element, shape);
  return [shape === undefined ? { ...node, label: `${label} ${node.label}` } : node];
}

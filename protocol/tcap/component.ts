import { type BerNode, groupNode } from '../ber/node.js';
import type { BerReader } from '../ber/reader.js';
import { COMPONENT, TC } from './constants.js';
import { type Invoke, invokeNode, readInvoke } from './invoke.js';
import { type Reject, readReject, rejectNode } from './reject.js';
import { type ReturnError, readReturnError, returnErrorNode } from './return-error.js';
import { type ReturnResult, readReturnResult, returnResultNode } from './return-result.js';

export type Component = Invoke | ReturnResult | ReturnError | Reject;

export function componentNode(component: Component): BerNode {
  switch (component.kind) {
    case 'invoke':
      return invokeNode(component);
    case 'returnResultLast':
    case 'returnResultNotLast':
      return returnResultNode(component);
    case 'returnError':
      return returnErrorNode(component);
    case 'reject':
      return rejectNode(component);
  }
}

/** The component portion, or null without components: it is then absent (Q.773 §3.2). */
export function componentPortionNode(components: readonly Component[]): BerNode | null {
  if (components.length === 0) return null;
  return groupNode(TC.componentPortion, ...components.map(componentNode));
}

/** Reads the contents of a component portion, which holds at least one component. @throws DecodeError */
export function readComponentPortion(portion: BerReader): Component[] {
  const components: Component[] = [];
  do {
    const element = portion.next('component');
    components.push(readComponent(portion.into(element), element.tag));
  } while (portion.more);
  return components;
}

function readComponent(reader: BerReader, tag: number): Component {
  switch (tag) {
    case COMPONENT.invoke:
      return readInvoke(reader);
    case COMPONENT.returnResultLast:
      return readReturnResult(reader, 'returnResultLast');
    case COMPONENT.returnResultNotLast:
      return readReturnResult(reader, 'returnResultNotLast');
    case COMPONENT.returnError:
      return readReturnError(reader);
    case COMPONENT.reject:
      return readReject(reader);
    default:
      return reader.fail('component', 'Invoke, Return Result, Return Error or Reject', tag.toString(16));
  }
}

/**
 * One node of a decoded message as a person reads it: what `busyhour decode` prints and nothing on the hot path uses.
 *
 * ```
 *   Message Class: 1 (Transfer)          label ': ' value
 *     Protocol Data                      label alone: a container
 *       OPC: 1001                        children, in wire order
 * ```
 */
export interface TreeNode {
  /** Named as in the specification, for instance `Originating Point Code`. */
  readonly label: string;
  /** Decoded value with its unit or name in words; absent for pure containers. */
  readonly value?: string;
  /** First octet, counted from the start of the whole buffer given to the outermost describe function. */
  readonly offset: number;
  /** Octets covered, tag, length and padding included. */
  readonly length: number;
  readonly children: readonly TreeNode[];
  /** What was wrong here; the nodes before it are what could still be decoded. */
  readonly fault?: string;
}

/** A node without children. `offset` and `length` in octets. */
export function leaf(label: string, value: string, offset: number, length: number): TreeNode {
  return { label, value, offset, length, children: [] };
}

/** A node with children and, when given, a value of its own. */
export function branch(
  label: string,
  offset: number,
  length: number,
  children: readonly TreeNode[],
  value?: string,
): TreeNode {
  return value === undefined
    ? { label, offset, length, children }
    : { label, value, offset, length, children };
}

/** A node that says why decoding stopped at `offset`; `length` is what was left undecoded. */
export function faultNode(label: string, fault: string, offset: number, length: number): TreeNode {
  return { label, fault, offset, length, children: [] };
}

/** Two lower-case digits an octet, without separators. */
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const octet of bytes) text += octet.toString(16).padStart(2, '0');
  return text;
}

/** One line a node, two blanks of indentation a level, no trailing line feed. */
export function formatTree(node: TreeNode, depth = 0): string {
  const value = node.value === undefined ? '' : `: ${node.value}`;
  const fault = node.fault === undefined ? '' : ` [${node.fault}]`;
  const lines = [`${'  '.repeat(depth)}${node.label}${value}${fault}`];
  for (const child of node.children) lines.push(formatTree(child, depth + 1));
  return lines.join('\n');
}

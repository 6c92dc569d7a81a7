import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigFault } from './errors.js';

export type KeyPath = readonly (string | number)[];

/** A YAML text, its plain value, and where in the text each key stands. */
export interface YamlSource {
  readonly file: string;
  /** A mapping; empty where the text is empty or does not parse. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Everything wrong with the text as YAML. */
  readonly faults: readonly ConfigFault[];
  /** Line of the key, or of its nearest level that is there; null where nothing of it is. */
  lineOf(path: KeyPath): number | null;
}

/** Aliases expanded at most; more is an attack or an accident. */
const ALIASES_MAX = 100;

export function parseYamlSource(file: string, text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const faults: ConfigFault[] = document.errors.map((error) => ({
    origin: { kind: 'file', file, line: lines.linePos(error.pos[0]).line },
    key: '',
    message:
      error.code === 'MULTIPLE_DOCS'
        ? 'a second document begins here; a profile is one: take the line `---` out'
        : `not YAML: ${error.message}`,
  }));
  let value: unknown = {};
  try {
    if (faults.length === 0) value = document.toJS({ maxAliasCount: ALIASES_MAX }) ?? {};
  } catch (error) {
    // Aliases are resolved only here: one without its anchor, or too many.
    const message = `not YAML: ${error instanceof Error ? error.message : String(error)}`;
    faults.push({ origin: { kind: 'file', file, line: null }, key: '', message });
  }
  const root = document.contents;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.push({
      origin: { kind: 'file', file, line: 1 },
      key: '',
      message: 'expected a mapping with one `key: value` a line, such as `rate: 1500`',
    });
    return { file, value: {}, faults, lineOf: () => null };
  }
  return {
    file,
    value: value as Record<string, unknown>,
    faults,
    lineOf: (path) => {
      const offset = offsetOf(root, path);
      return offset === null ? null : lines.linePos(offset).line;
    },
  };
}

/** Offset of the last key of `path` that is in the text; null when not even the first is. */
function offsetOf(root: Node | null, path: KeyPath): number | null {
  let node: unknown = root;
  let found: number | null = null;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === String(part));
      if (pair === undefined || !isScalar(pair.key)) return found;
      found = pair.key.range?.[0] ?? found;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)];
      if (!isMap(item) && !isSeq(item) && !isScalar(item)) return found;
      found = item.range?.[0] ?? found;
      node = item;
    } else {
      return found;
    }
  }
  return found;
}

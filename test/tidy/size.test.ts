import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesBelow, isTest, read, typeScriptFiles } from './files.js';
import { parse, place, walk } from './syntax.js';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

/** Files that may be longer, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

/** Functions that may be longer, as `path:name`, each with its reason. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = {};

const lines = (text: string): number => text.replace(/\n$/, '').split('\n').length;

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

/** `path:name` of a function: its own name, else that of what it is assigned to. */
function nameOf(tree: ts.SourceFile, node: ts.FunctionLikeDeclaration): string {
  const named = node.name ?? ('name' in node.parent ? (node.parent.name as ts.Node | undefined) : undefined);
  if (ts.isConstructorDeclaration(node)) return `${tree.fileName}:constructor`;
  return `${tree.fileName}:${named === undefined ? 'anonymous' : named.getText(tree)}`;
}

function longFunctions(tree: ts.SourceFile): { key: string; place: string; count: number }[] {
  const found: { key: string; place: string; count: number }[] = [];
  walk(tree, (node) => {
    if (!isFunction(node)) return;
    const count = lines(node.getText(tree));
    if (count > FUNCTION_LINES_MAX) found.push({ key: nameOf(tree, node), place: place(tree, node), count });
  });
  return found;
}

describe('sizes', () => {
  it(`files have at most ${FILE_LINES_MAX} lines`, () => {
    const long = filesBelow('.')
      .filter((path) => /\.(ts|mjs|cc|h|sh)$/.test(path) && !(path in LONG_FILES))
      .map((path) => ({ path, count: lines(read(path)) }))
      .filter(({ count }) => count > FILE_LINES_MAX);
    expect(long).toEqual([]);
  });

  it(`functions outside tests have at most ${FUNCTION_LINES_MAX} lines`, () => {
    const long = typeScriptFiles()
      .filter((path) => !isTest(path))
      .flatMap((path) => longFunctions(parse(path)))
      .filter(({ key }) => !(key in LONG_FUNCTIONS));
    expect(long).toEqual([]);
  });

  it('are not excused without need', () => {
    const needless = Object.keys(LONG_FILES).filter((path) => lines(read(path)) <= FILE_LINES_MAX);
    const long = new Set(
      typeScriptFiles().flatMap((path) => longFunctions(parse(path)).map(({ key }) => key)),
    );
    needless.push(...Object.keys(LONG_FUNCTIONS).filter((key) => !long.has(key)));
    expect(needless).toEqual([]);
  });

  it('are counted over a whole function', () => {
    const body = 'x();\n'.repeat(FUNCTION_LINES_MAX - 1);
    const tree = (code: string): ts.SourceFile =>
      ts.createSourceFile('probe.ts', code, ts.ScriptTarget.ES2022, true);
    expect(longFunctions(tree(`function f() {\n${body}}`))).toMatchObject([{ key: 'probe.ts:f', count: 71 }]);
    expect(longFunctions(tree(`const f = () => {\n${body.slice(5)}};`))).toEqual([]);
  });
});

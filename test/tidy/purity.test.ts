import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { FOLDERS, folderOf, IMPURE_GLOBALS } from './arrows.js';
import { isTest, typeScriptFiles } from './files.js';
import { parse, place, walk } from './syntax.js';

/** Identifiers in the tree that name something, as opposed to being a property's, a type's or a declaration's own name. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !(
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isImportSpecifier(parent)
  );
}

/** `b` of `a.b` and of `a['b']`. */
function accessedName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (!ts.isElementAccessExpression(node)) return undefined;
  return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : undefined;
}

/** Uses of clocks, timers, randomness and output in one syntax tree. */
function impurities(tree: ts.SourceFile): string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    const note = (what: string): number => found.push(`${place(tree, node)}: ${what}`);
    const accessed = accessedName(node);
    if (accessed === 'random' || accessed === 'now') {
      const owner = (node as ts.AccessExpression).expression.getText(tree).replace(/^globalThis\./, '');
      if (owner === 'Math' || owner === 'Date') note(node.getText(tree));
    }
    if (ts.isIdentifier(node)) {
      if (node.text === 'globalThis') note('globalThis');
      else if (Object.hasOwn(IMPURE_GLOBALS, node.text) && isReference(node)) note(node.text);
    }
    const isDate = (called: ts.Expression): boolean => ts.isIdentifier(called) && called.text === 'Date';
    if (ts.isNewExpression(node) && isDate(node.expression) && !node.arguments?.length) note('new Date()');
    if (ts.isCallExpression(node) && isDate(node.expression)) note('Date()');
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined) {
      // const { random } = Math, const now = Date: the same clock by another name.
      const source = node.initializer.getText(tree);
      if (source === 'Date' || (source === 'Math' && /random/.test(node.name.getText(tree)))) note(source);
    }
  });
  return found;
}

const probe = (code: string): number =>
  impurities(ts.createSourceFile('probe.ts', code, ts.ScriptTarget.ES2022, true)).length;

describe('pure folders', () => {
  it('use no clock, timer, randomness or output', () => {
    const pure = typeScriptFiles().filter((path) => !isTest(path) && FOLDERS[folderOf(path) ?? '']?.pure);
    expect(pure.length).toBeGreaterThan(0);
    expect(pure.flatMap((path) => impurities(parse(path)))).toEqual([]);
  });

  it.each([
    'Math.random()',
    'Math["random"]()',
    'globalThis.Date.now()',
    'Date.now()',
    'new Date()',
    'Date()',
    'const { random } = Math;',
    'const D = Date;',
    'setTimeout(f, 1)',
    'performance.now()',
    'process.hrtime()',
    'const f = setTimeout;',
    'Buffer.from(x)',
  ])('would not get away with %s', (code) => {
    expect(probe(code)).toBeGreaterThan(0);
  });

  it.each([
    'Math.round(x)',
    'new Date(stamp)',
    'Date.parse(stamp)',
    'machine.process(input)',
    'interface A { process: number; console(): void }',
    'const a = { process: 1 };',
    '// Math.random()',
  ])('may well use %s', (code) => {
    expect(probe(code)).toBe(0);
  });
});

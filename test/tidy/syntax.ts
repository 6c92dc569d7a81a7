import { posix } from 'node:path';
import ts from 'typescript';
import { read } from './files.js';

const parsed = new Map<string, ts.SourceFile>();

/** Syntax tree of one file with parent links, parsed once. */
export function parse(path: string): ts.SourceFile {
  let tree = parsed.get(path);
  if (tree === undefined) {
    tree = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022, true);
    parsed.set(path, tree);
  }
  return tree;
}

/** Calls `visit` for every node below `node`. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  node.forEachChild((child) => {
    visit(child);
    walk(child, visit);
  });
}

/** `path:line` of a node, as an editor opens it. */
export function place(tree: ts.SourceFile, node: ts.Node): string {
  return `${tree.fileName}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the top level of what a relative specifier names, with `.ts`; null for packages and node: modules. */
  readonly target: string | null;
  /** Nothing of it exists at run time. */
  readonly typeOnly: boolean;
  readonly place: string;
}

/** Every import, export-from and dynamic import with a literal specifier. */
export function importsOf(path: string): Import[] {
  const tree = parse(path);
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    const relative = specifier.text.startsWith('.');
    const target = relative ? posix.join(posix.dirname(path), specifier.text).replace(/\.js$/, '.ts') : null;
    found.push({ specifier: specifier.text, target, typeOnly, place: place(tree, node) });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, isTypeImport(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false);
    }
  });
  return found;
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

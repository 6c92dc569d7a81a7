import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Top level of the checkout. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const IGNORED_FOLDERS = new Set(['node_modules', 'dist', 'build', 'results', 'coverage', '.git']);

/** Every file below `folder` (a path from the top level) that is not generated, as paths from the top level, sorted. */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory() && !IGNORED_FOLDERS.has(entry.name)) found.push(...filesBelow(path));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}

/** The TypeScript sources of ours, tests included. */
export function typeScriptFiles(): string[] {
  return filesBelow('.').filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/') || path.startsWith('bench/');
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

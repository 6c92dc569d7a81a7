import { describe, expect, it } from 'vitest';
import { read } from './files.js';

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, LockEntry>> };

/** Lock entries that `name`, required by the package at `path`, can resolve to: its own folder first, then each one above. */
function resolve(
  packages: Readonly<Record<string, LockEntry>>,
  path: string,
  name: string,
): string | undefined {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (candidate in packages) return candidate;
    if (folder === '') return undefined;
  }
}

function missingOptionals(packages: Readonly<Record<string, LockEntry>>): string[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => resolve(packages, path, name) === undefined)
      .map((name) => `${path || 'package.json'} wants ${name}`),
  );
}

describe('package-lock.json', () => {
  it('holds every optional dependency, on whichever platform it was written', () => {
    // npm ci refuses a lock without them (EUSAGE); npm install writes one where the registry lacks a platform's package.
    expect(missingOptionals(lock.packages)).toEqual([]);
  });

  it('would be caught without one', () => {
    const broken = {
      '': {},
      'node_modules/a': { optionalDependencies: { b: '1', c: '1' } },
      'node_modules/a/node_modules/b': {},
    };
    expect(missingOptionals(broken)).toEqual(['node_modules/a wants c']);
  });

  it('names no host to download from', () => {
    const resolved = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
    expect(resolved.map(([path]) => path)).toEqual([]);
  });

  it('fits package.json', () => {
    const own = JSON.parse(read('package.json')) as Record<string, unknown>;
    for (const kind of ['dependencies', 'devDependencies', 'engines'] as const) {
      expect((lock.packages[''] as Record<string, unknown>)[kind]).toEqual(own[kind]);
    }
  });
});

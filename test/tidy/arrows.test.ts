import { describe, expect, it } from 'vitest';
import { biomeOverrides, FOLDERS, folderOf, TYPES_FOR_ALL } from './arrows.js';
import { isTest, read, typeScriptFiles } from './files.js';
import { type Import, importsOf } from './syntax.js';

/** Why an import breaks the arrows; null when it does not. */
function objection(from: string, imported: Import): string | null {
  const source = folderOf(from);
  if (source === undefined) return null;
  const folder = FOLDERS[source]!;
  if (imported.target === null) {
    return folder.pure
      ? `${source} is pure: neither packages nor node: modules (${imported.specifier})`
      : null;
  }
  const destination = folderOf(imported.target);
  if (destination === source) return null;
  if (destination === undefined) return `${imported.specifier} is in no folder of the arrows' table`;
  if (folder.mayImport.includes(destination)) return null;
  if (imported.typeOnly && TYPES_FOR_ALL.includes(destination)) return null;
  const hint = TYPES_FOR_ALL.includes(destination) ? ' (its types only, with `import type`)' : '';
  return `${source} may not import ${destination}${hint}`;
}

describe('folder arrows', () => {
  const sources = typeScriptFiles().filter((path) => !isTest(path));

  it('hold on the import graph', () => {
    const broken = sources.flatMap((path) =>
      importsOf(path).flatMap((imported) => {
        const why = objection(path, imported);
        return why === null ? [] : [`${imported.place}: ${why}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('see what they have to see', () => {
    const seen = (from: string, target: string | null, typeOnly: boolean): string | null =>
      objection(from, { specifier: 'x', target, typeOnly, place: '' });
    expect(seen('src/load/a.ts', 'protocol/ber/tag.ts', false)).toBeNull();
    expect(seen('src/load/a.ts', 'src/measure/summary.ts', true)).toBeNull();
    expect(seen('src/load/a.ts', 'src/measure/summary.ts', false)).toMatch(/types only/);
    expect(seen('src/load/a.ts', 'src/runtime/clock.ts', true)).toMatch(/may not import runtime/);
    expect(seen('src/load/a.ts', null, false)).toMatch(/pure/);
    expect(seen('src/runtime/a.ts', null, false)).toBeNull();
    expect(seen('src/cli/a.ts', 'test/support/x.ts', false)).toMatch(/no folder/);
  });

  it('lie in folders that the table knows', () => {
    const strangers = sources.filter((path) => path.startsWith('src/') && folderOf(path) === undefined);
    expect(strangers).toEqual([]);
  });

  it('are the lint rules of biome.json', () => {
    const { overrides } = JSON.parse(read('biome.json')) as { overrides: unknown[] };
    expect(overrides).toEqual(expect.arrayContaining(biomeOverrides()));
  });
});

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of a file of the package, found from the source tree as well as from `dist/`. */
export function packageFile(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
  return join(folder, name);
}

/**
 * The command line as users start it. A busyhour that needs another one starts this: the launcher sets what only the command line of Node and the
 * environment can set, and loops are slower without it. It becomes Node, so that its pid is the pid of what it started.
 */
export const LAUNCHER = packageFile('busyhour');

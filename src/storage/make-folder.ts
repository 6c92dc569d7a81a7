import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes a folder and those above it that are missing. @throws the system's own reason when it refuses */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    // Node says ENOENT of every refusal met on the way down (EROFS for one); asked for the first missing folder alone it gives the reason.
    let missing = resolve(path);
    while (!existsSync(dirname(missing))) missing = dirname(missing);
    mkdirSync(missing);
    throw cause;
  }
}

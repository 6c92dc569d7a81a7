import { readFileSync } from 'node:fs';
import { packageFile } from '../runtime/package-root.js';

/** Version of the package that this file belongs to. */
export const VERSION: string = (
  JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }
).version;

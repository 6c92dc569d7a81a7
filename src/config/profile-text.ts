import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from './errors.js';
import { LIMITS } from './limits.js';

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder, expected a YAML file',
  EACCES: 'not readable by this user',
};

/**
 * Text of a profile. @param examples where one can be seen that holds
 * @throws ConfigError naming the file: it is not there, cannot be read, or is too long to be one
 */
export function readProfileText(file: string, examples = 'profiles/ for examples'): string {
  const fault = (message: string) =>
    new ConfigError([{ origin: { kind: 'file', file, line: null }, key: '', message }]);
  try {
    if (statSync(file).size > LIMITS.profileBytesMax.value) {
      throw fault(`is longer than ${LIMITS.profileBytesMax.value} bytes: not a profile`);
    }
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw fault(`no such file; see ${examples}`);
    throw fault(REASONS[code] ?? `cannot be read (${code})`);
  }
}

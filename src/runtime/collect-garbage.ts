import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Frees what this thread no longer uses, at once and all of it. A loop does so before it begins, since V8 has no other way to be told when. */
export function collectGarbage(): void {
  // Contexts made from then on have the function, as with --expose-gc on the command line of Node.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}

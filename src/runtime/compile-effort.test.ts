import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { packageFile } from './package-root.js';

/** Whether V8 has compiled a function with its optimising compiler once it has been called so often. */
function compiledAfter(calls: string, times: number): boolean {
  const program = `
    import * as effort from ${JSON.stringify(packageFile('dist/src/runtime/compile-effort.js'))};
    const compiled = new Function('of', 'return %ActiveTierIsTurbofan(of)');
    const work = (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += i & 3; return sum; };
    ${calls}
    for (let call = 0; call < ${times}; call++) work(10);
    console.log(compiled(work));`;
  const flags = ['--allow-natives-syntax', '--no-concurrent-recompilation', '--no-use-osr'];
  const args = [...flags, '--input-type=module', '--eval', program];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim() === 'true';
}

it('has V8 compile early for a rehearsal, and rarely from then on', () => {
  expect(compiledAfter('effort.compileSoon();', 120)).toBe(true);
  expect(compiledAfter('', 120)).toBe(false);
  expect(compiledAfter('', 500)).toBe(true);
  expect(compiledAfter('effort.compileSoon(); effort.compileRarely();', 500)).toBe(false);
  expect(compiledAfter('effort.compileRarely();', 5_000)).toBe(true);
});

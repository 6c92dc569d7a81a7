import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A folder of compiled sources; worker threads can be started from it, which Node 20 does not do from TypeScript. */
export interface Transpiled {
  readonly folder: string;
  readonly remove: () => void;
}

/** Options of one command that a small program beside the sources runs, for instance `src/cli/workload.js`. */
function entryText(commandFile: string): string {
  return `import { Command } from 'commander';
import { register } from './${commandFile}';
const context = { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd(), exitCode: 0 };
const program = new Command('busyhour').exitOverride();
register(program, context);
try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' });
  process.exitCode = context.exitCode;
} catch (cause) {
  process.stderr.write(cause.message + '\\n');
  process.exitCode = cause.exitCode ?? 1;
}
`;
}

/**
 * Translates folders of sources file by file, without checking types (the build does that), in a fraction of a second.
 * @param folders below the top, for instance `src/workload`. @param commandFile its `register` is what `main.js` in the folder runs.
 */
export function transpile(folders: readonly string[], commandFile: string): Transpiled {
  const target = mkdtempSync(join(tmpdir(), 'busyhour-transpiled-'));
  for (const folder of folders) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const source = readFileSync(join(ROOT, folder, name), 'utf8');
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
        },
      });
      const file = join(target, folder, name.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, outputText);
    }
  }
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'));
  writeFileSync(join(target, 'package.json'), '{"type":"module"}');
  writeFileSync(join(target, 'main.js'), entryText(commandFile));
  return { folder: target, remove: () => rmSync(target, { recursive: true, force: true }) };
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from '../tidy/files.js';

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Tools that the set-up may find; everything else on PATH is hidden from it. */
const REAL_TOOLS = [
  'sh',
  'cat',
  'cp',
  'env',
  'find',
  'flock',
  'mkdir',
  'mv',
  'nproc',
  'readlink',
  'rm',
  'sed',
  'sha256sum',
  'sleep',
  'sort',
  'touch',
  'uname',
  'xargs',
  'dirname',
];

/** Each fake writes its name and arguments to the log, so that a test sees what was run. */
const FAKES: Readonly<Record<string, string>> = {
  npm: `echo "npm $1" >>"$LOG"
[ -z "$NPM_FAILS" ] || { echo 'npm error code EUSAGE' >&2; exit 1; }
sleep "\${NPM_SECONDS:-0}"
mkdir -p node_modules/typescript/bin
echo '{}' >node_modules/.package-lock.json
cp fake-tsc.js node_modules/typescript/bin/tsc
echo "added 1 package"`,
  make: `echo make >>"$LOG"; mkdir -p native/build; echo addon >native/build/busyhour.node`,
  'g++': `[ -e "$HAS_USRSCTP" ] || exit 1`,
  'apt-get': `case " $* " in *" update "*) echo 'apt-get update' >>"$LOG" ;; *) for last in "$@"; do :; done; echo "apt-get install $last" >>"$LOG"; : >"$HAS_USRSCTP" ;; esac`,
  id: 'echo "$FAKE_UID"',
  sync: `echo sync >>"$LOG"`,
};

const FAKE_TSC = `
const fs = require('node:fs');
fs.appendFileSync(process.env.LOG, 'tsc\\n');
fs.mkdirSync('dist/src/cli', { recursive: true });
fs.copyFileSync('fake-main.js', 'dist/src/cli/main.js');
`;

const FAKE_MAIN = `
if (process.argv[2] === 'wait') setTimeout(() => {}, 30000);
console.log(JSON.stringify({ pid: process.pid, words: process.argv.slice(2), flags: process.execArgv }));
if (process.argv[2] !== 'wait') process.exitCode = 5;
`;

/** A checkout in miniature round the real \`setup\` and \`busyhour\`, with every tool that costs time replaced by a fake. */
export class Miniature {
  readonly folder = mkdtempSync(join(tmpdir(), 'busyhour-setup-'));
  readonly #bin = join(this.folder, '.bin');
  readonly #log = join(this.folder, '.log');
  readonly environment: NodeJS.ProcessEnv;

  constructor() {
    for (const folder of ['.bin', 'src', 'protocol', 'native', 'bench']) mkdirSync(join(this.folder, folder));
    for (const script of ['setup', 'busyhour']) copyFileSync(join(ROOT, script), join(this.folder, script));
    for (const name of [
      'package.json',
      'package-lock.json',
      '.npmrc',
      'tsconfig.json',
      'tsconfig.build.json',
    ]) {
      this.write(name, '{}');
    }
    this.write('fake-tsc.js', FAKE_TSC);
    this.write('fake-main.js', FAKE_MAIN);
    this.write('src/cli/main.ts', '');
    this.write('src/a.ts', 'export const a = 1;');
    this.write('native/addon.cc', 'int a;');
    this.write('.has-usrsctp', '');
    for (const tool of REAL_TOOLS) symlinkSync(locate(tool), join(this.#bin, tool));
    symlinkSync(process.execPath, join(this.#bin, 'node'));
    for (const [name, body] of Object.entries(FAKES)) this.tool(name, body);
    this.environment = {
      PATH: this.#bin,
      LOG: this.#log,
      HAS_USRSCTP: join(this.folder, '.has-usrsctp'),
      FAKE_UID: '0',
    };
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  /** Puts a shell script on the miniature's PATH, in place of what was there. */
  tool(name: string, body: string): void {
    const path = join(this.#bin, name);
    rmSync(path, { force: true });
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }

  hide(tool: string): void {
    rmSync(join(this.#bin, tool));
  }

  /** What the fakes were asked to do since the last call. */
  ran(): string[] {
    if (!existsSync(this.#log)) return [];
    const lines = readFileSync(this.#log, 'utf8').trim().split('\n');
    rmSync(this.#log);
    return lines;
  }

  run(command: string, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Outcome {
    const done = spawnSync(join(this.folder, command), args, {
      cwd: tmpdir(),
      env: { ...this.environment, ...environment },
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { code: done.status, signal: done.signal, stdout: done.stdout, stderr: done.stderr };
  }

  /** The same without waiting for its end. */
  start(command: string, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Started {
    const child = spawn(join(this.folder, command), args, { env: { ...this.environment, ...environment } });
    return new Started(child);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A process that runs beside the test. */
export class Started {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<Outcome>;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout!.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) =>
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }
}

function locate(tool: string): string {
  const folder = (process.env.PATH ?? '')
    .split(delimiter)
    .find((candidate) => existsSync(join(candidate, tool)));
  if (folder === undefined) throw new Error(`the test needs ${tool} on PATH`);
  return join(folder, tool);
}

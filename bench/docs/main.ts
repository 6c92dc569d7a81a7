/**
 * Runs the blocks of every guide, each guide in a shell and an empty folder of its own, as a reader would: `npm run docs:run`.
 * Lengths of time on command lines are cut to BUSYHOUR_DOCS_SECONDS (default 4), so that a guide may speak of hours.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, InvalidArgumentError } from 'commander';
import { pages } from '../../test/docs/blocks.js';
import { readOptions } from '../options.js';

const TOP = fileURLToPath(new URL('../../..', import.meta.url));
const SECONDS = Number(process.env.BUSYHOUR_DOCS_SECONDS ?? 4);
const PAGE_TIMEOUT_MS = 600_000;

/** Stands in for `./busyhour` in the folder of a guide. */
const WRAPPER = `#!/usr/bin/env bash
# Cuts what would take long.
words=()
cut=
for word in "$@"; do
  if [ -n "$cut" ]; then word=$cut; cut=; fi
  case $word in
    --duration) cut=${SECONDS}s ;;
    --step-duration) cut=${Math.max(1, Math.ceil(SECONDS / 4))}s ;;
    --scale) cut=1/600 ;;
  esac
  words+=("$word")
done
exec "${process.execPath}" "${join(TOP, 'dist/src/cli/main.js')}" "\${words[@]}"
`;

function runPage(path: string, script: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-docs-'));
  try {
    symlinkSync(join(TOP, 'profiles'), join(folder, 'profiles'));
    writeFileSync(join(folder, 'busyhour'), WRAPPER);
    chmodSync(join(folder, 'busyhour'), 0o755);
    const text = `set -eu\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n${script}\n`;
    const { INIT_CWD: _, ...env } = process.env;
    const ran = spawnSync('bash', ['-c', text], {
      cwd: folder,
      encoding: 'utf8',
      timeout: PAGE_TIMEOUT_MS,
      env,
    });
    if (ran.status === 0) return true;
    process.stdout.write(
      `${path} ended with ${ran.status ?? ran.signal}\n${ran.stdout.slice(-2000)}\n${ran.stderr.slice(-2000)}\n`,
    );
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const guides = pages(TOP);
const { words: wanted } = readOptions({
  about: `Runs the blocks of every guide as a reader would, lengths of time cut to ${SECONDS} s (BUSYHOUR_DOCS_SECONDS).`,
  words: new Argument('[page...]', 'end of the path of a guide; all guides when there is none').argParser(
    (end: string) => {
      if (!guides.some(({ path }) => path.endsWith(end))) throw new InvalidArgumentError('No guide ends so.');
    },
  ),
  options: {},
  exits: { 0: 'every guide holds', 1: 'some do not' },
});
let failed = 0;
for (const { path, blocks } of guides) {
  if (wanted.length > 0 && !wanted.some((name) => path.endsWith(name))) continue;
  const passed = runPage(path, blocks.map(({ place, text }) => `echo '# ${place}'\n${text}`).join('\n'));
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${path}: ${blocks.length} blocks\n`);
  if (!passed) failed += 1;
}
process.exitCode = failed > 0 ? 1 : 0;

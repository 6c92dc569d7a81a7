/** How long from the command to the first request that is due: the launcher, then the command line alone. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunSummary } from '../../src/measure/summary.js';
import { LAUNCHER, packageFile } from '../../src/runtime/package-root.js';
import { end, startResponder, unixMs } from '../freezes/children.js';
import { readOptions, whole } from '../options.js';
import { median } from '../performance/rounds.js';

const FLOOR_MS = 1000;
const AIM_MS = 400;

const WAYS: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'launcher', command: [LAUNCHER] },
  { name: 'command line', command: [process.execPath, packageFile('dist/src/cli/main.js')] },
];

/** From the start of the process to the beginning of its schedule, ms. */
async function startMs(
  [program, ...first]: readonly [string, ...string[]],
  endpoint: string,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-startup-'));
  const startedMs = unixMs();
  const child = spawn(
    program,
    [
      ...first,
      'run',
      '--target',
      endpoint,
      '--rate',
      '1000',
      '--duration',
      '100ms',
      '--out',
      folder,
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  rmSync(folder, { recursive: true, force: true });
  return Date.parse((JSON.parse(text) as RunSummary).run.startedAt) - startedMs;
}

async function main(): Promise<number> {
  const { rounds } = readOptions({
    about:
      'How long from the command to the first request that is due: the launcher, then the command line alone.',
    options: { rounds: { takes: whole(), default: '9', about: 'starts of each' } },
    exits: { 3: `the median of the command line is above the floor of ${FLOOR_MS} ms` },
  });
  const responder = await startResponder();
  let late = false;
  try {
    for (const { name, command } of WAYS) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) times.push(await startMs(command, responder.endpoint));
      const middle = median(times) ?? Number.NaN;
      late ||= name === 'command line' && middle > FLOOR_MS;
      process.stdout.write(
        `${name.padEnd(14)} to the first due request: median ${middle.toFixed(0)} ms, least ${Math.min(...times).toFixed(0)} ms  (floor ${FLOOR_MS}, aim ${AIM_MS})\n`,
      );
    }
  } finally {
    await end(responder.child);
  }
  return late ? 3 : 0;
}

process.exitCode = await main();

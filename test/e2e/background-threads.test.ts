import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { busyhour, type Process, startResponder, temporaryFolder, waitFor } from './support/processes.js';

/** Niceness of every thread of a process but its main one, in order, and that of the main one. */
function niceness(pid: number): { readonly main: number; readonly others: readonly number[] } {
  const of = (thread: number): number =>
    Number(
      readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[16],
    );
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return { main: of(pid), others: threads.filter((thread) => thread !== pid).map(of) };
}

/** Niceness of the loops, by that of the main thread when it started: tests start their processes as they like. */
const at = (process: Process): number => niceness(process.pid).main;

it('lets the loop of a run go before all other threads of its process', async () => {
  const responder = await startResponder();
  const loopOfResponder = Math.min(...niceness(responder.pid).others);
  // It keeps no ledger: its main thread only keeps books.
  await waitFor(
    'a main thread that stands back',
    () => niceness(responder.pid).main === loopOfResponder + 10,
  );

  const folder = join(temporaryFolder(), 'result');
  const flags = ['--rate', '50', '--duration', '5s', '--workers', '1', '--out', folder];
  const run = busyhour(['run', '--target', responder.endpoint, '--carrier', 'udp', ...flags]);
  const loop = at(run);
  await waitFor('traffic', () => at(run) === loop + 10);
  const early = niceness(run.pid).others;
  // V8's helpers, and nothing below them; the loop, and what SCTP starts for it, as it was.
  expect(Math.max(...early)).toBe(Math.min(19, loop + 10));
  expect(Math.min(...early)).toBe(loop);
  await waitFor(
    'helpers that come last',
    () => Math.max(...niceness(run.pid).others) === Math.min(19, loop + 19),
  );
  expect(Math.min(...niceness(run.pid).others)).toBe(loop);
  expect((await run.ended).stderr).not.toContain('busyhour:');
});

it('leaves the main thread of a responder alone that keeps a ledger: it decides', async () => {
  const keeping = ['--durability', 'local', '--data', temporaryFolder()];
  const responder = busyhour([
    'respond',
    '--json',
    '--carrier',
    'udp',
    '--listen',
    '127.0.0.1:2905/0',
    ...keeping,
  ]);
  await waitFor('it listens', () => responder.stdout.includes('"listening"'));
  await waitFor(
    'helpers that come last',
    () => Math.max(...niceness(responder.pid).others) > at(responder) + 10,
  );
  expect(at(responder)).toBe(Math.min(...niceness(responder.pid).others));
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { busyhour, startResponder, temporaryFolder, waitFor } from './support/processes.js';

interface Niceness {
  readonly main: number;
  /** Of every other thread. */
  readonly others: readonly number[];
}

function niceness(pid: number): Niceness {
  const of = (thread: number): number =>
    Number(
      readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[16],
    );
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return { main: of(pid), others: threads.filter((thread) => thread !== pid).map(of) };
}

const below = (nice: number, steps: number): number => Math.min(19, nice + steps);

it('lets the loops of a run and of its target go before all other threads of their processes', async () => {
  const responder = await startResponder();
  const folder = join(temporaryFolder(), 'result');
  const flags = ['--rate', '50', '--duration', '10s', '--workers', '2', '--out', folder];
  const run = busyhour(['run', '--target', responder.endpoint, '--carrier', 'udp', ...flags]);
  // Tests start their processes as they like: what counts is where the threads stand to each other.
  const loop = niceness(run.pid).main;
  await waitFor('traffic', () => niceness(run.pid).main === below(loop, 15));
  const { others } = niceness(run.pid);
  // V8 has four helpers; the rest are the two loops and what SCTP starts for them.
  const lower = others.filter((nice) => nice === below(loop, 10));
  expect(lower.length).toBeGreaterThanOrEqual(4);
  const atLoop = others.filter((nice) => nice === loop);
  expect(atLoop.length).toBeGreaterThanOrEqual(3);
  expect(lower.length + atLoop.length).toBe(others.length);

  // It keeps no ledger: its main thread only keeps books.
  const serving = niceness(responder.pid);
  expect(serving.main).toBe(below(Math.min(...serving.others), 15));
  run.child.kill('SIGINT');
  expect((await run.ended).stderr).not.toContain('busyhour:');
});

it('leaves every thread alone of a responder that keeps a ledger: its main thread decides, one of libuv writes', async () => {
  const keeping = ['--durability', 'local', '--data', temporaryFolder()];
  const place = ['--carrier', 'udp', '--listen', '127.0.0.1:2905/0'];
  const responder = busyhour(['respond', '--json', ...place, ...keeping]);
  await waitFor('it listens', () => responder.stdout.includes('"listening"'));
  // What was to be lowered at once would be by now.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { main, others } = niceness(responder.pid);
  expect(new Set(others)).toEqual(new Set([main]));
});

/**
 * What the return of a node with an empty folder costs the requests at the node that serves.
 *
 * Every round kills the passive node and offers load to the active one twice: once by itself, once while the killed node comes back with an empty
 * folder. It is given the state of a million subscribers, since the node that serves has pruned its first records; with `--gives log` all
 * records from the first one on. Prints the longest gap between answers of both, and how long the node took.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClusterPair } from '../../src/cli/cluster-pair.js';
import type { RunSummary } from '../../src/measure/summary.js';
import { Journal } from '../../src/storage/journal.js';
import { choice, number, rate, readOptions, text, whole } from '../options.js';
import { busyhour, wait } from './busyhour.js';
import { spread } from './log.js';

/** The load has begun by then, and is about half over. */
const RETURN_SHARE = 0.4;

const values = readOptions({
  about:
    'What the return of a node with an empty folder costs the requests at the node that serves: the longest gap between answers while it ' +
    'returns, beside that of the same load without it.',
  options: {
    gives: {
      takes: choice('state', 'log'),
      default: 'state',
      about: 'what the node is given: the state of a million subscribers, or all records',
    },
    rate: { takes: rate(), default: '2000', about: 'requests a second' },
    seconds: { takes: number(0.1), default: '8', about: 'length of each load' },
    rounds: { takes: whole(), default: '3', about: 'how often the node returns' },
    out: { takes: text('DIR'), default: 'results/catch-up', about: 'data and results, in a folder a time' },
  },
});
const folder = resolve(values.out, String(process.pid));
mkdirSync(folder, { recursive: true });

async function longestGapMs(target: string, name: string): Promise<number> {
  const words = ['run', '--target', target, '--carrier', 'udp', '--rate', `${values.rate}`, '--json'];
  const times = ['--duration', `${values.seconds}s`, '--timeout', '5s', '--out', join(folder, name)];
  const { stdout, stderr } = await busyhour([...words, ...times]);
  if (stdout === '') throw new Error(stderr);
  const { requests, downtime } = JSON.parse(stdout) as RunSummary;
  if (requests.succeeded === 0) throw new Error('nothing was answered');
  return downtime.longestGapMs;
}

/** Whether the node was given a state, which its log begins behind. */
async function givenState(folder: string): Promise<boolean> {
  const journal = Journal.read(folder);
  const given = journal.baseIndex > 0;
  await journal.close();
  return given;
}

const state = values.gives === 'state';
const extra = state ? ['--keep-records', '1'] : [];
const pair = await ClusterPair.start({ cluster: 'lab', folder: join(folder, 'data'), extra });
// A node that ends in order keeps its state; the records that led to the one before that go.
for (const name of ['first', 'second']) {
  await longestGapMs(pair.targets, name);
  await pair.end();
  await Promise.all(pair.nodes.map((node) => node.start()));
  await pair.inSync();
}

const rounds: { withoutMs: number; withMs: number; backInSyncMs: number }[] = [];
while (rounds.length < values.rounds) {
  const active = pair.activeIndex;
  const [serving, other] = [pair.nodes[active], pair.nodes[1 - active]!];
  const from = serving.events.length;
  other.signal('SIGKILL');
  await other.ended();
  await serving.until('that it is alone', ({ state }) => state === 'alone', from);
  const withoutMs = await longestGapMs(serving.endpoint, `without-${rounds.length}`);
  rmSync(pair.folders[1 - active]!, { recursive: true });
  const load = longestGapMs(serving.endpoint, `with-${rounds.length}`);
  await wait(values.seconds * 1000 * RETURN_SHARE);
  const begun = performance.now();
  await other.start();
  await pair.inSync();
  const backInSyncMs = performance.now() - begun;
  rounds.push({ withoutMs, withMs: await load, backInSyncMs });
  if ((await givenState(pair.folders[1 - active]!)) !== state)
    throw new Error(`the node was not given the ${values.gives}`);
  process.stderr.write(`${JSON.stringify(rounds.at(-1))}\n`);
}
await pair.end();
const verdict = {
  gives: values.gives,
  longestGapMs: {
    alone: spread(rounds.map(({ withoutMs }) => withoutMs)),
    whileANodeReturns: spread(rounds.map(({ withMs }) => withMs)),
  },
  backInSyncMs: spread(rounds.map(({ backInSyncMs }) => backInSyncMs)),
};
process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);

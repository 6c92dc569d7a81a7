/**
 * What exactly-once costs: the same load against a responder that keeps nothing, one with a journal, and a cluster, in one run.
 * Requests of the cluster go to its active node.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClusterPair } from '../../src/cli/cluster-pair.js';
import { NodeProcess } from '../../src/cli/node-process.js';
import type { RunSummary } from '../../src/measure/summary.js';
import { number, rate, readOptions, text } from '../options.js';
import { busyhour } from './busyhour.js';

/** Share of the requests that must be answered for the rate to count as sustained. */
const SUSTAINED = 0.999;

const values = readOptions({
  about:
    'What exactly-once costs: the same load against a responder that keeps nothing, one with a journal, and a cluster, side by side.',
  options: {
    rate: { takes: rate(), default: '5000', about: 'requests a second' },
    seconds: { takes: number(0.1), default: '10', about: 'length of each load' },
    out: { takes: text('DIR'), default: 'results/cost', about: 'data and results, in a folder a time' },
    json: { about: 'the figures as JSON' },
  },
  exits: { 3: 'the cluster did not sustain the rate' },
});

interface Cost {
  readonly kind: string;
  readonly answeredPerSecond: number;
  readonly share: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** CPU time of all nodes together for each answer: hardly depends on what else runs on the machine, as the times do. */
  readonly nodesCpuUsPerAnswer: number;
}

const folder = resolve(values.out, String(process.pid));
mkdirSync(folder, { recursive: true });

async function measure(kind: string, target: string, pids: readonly number[]): Promise<Cost> {
  const out = join(folder, kind);
  const before = cpuSeconds(pids);
  const { stdout, stderr } = await busyhour([
    ...[
      'run',
      '--target',
      target,
      '--carrier',
      'udp',
      '--rate',
      `${values.rate}`,
      '--duration',
      `${values.seconds}s`,
    ],
    ...['--timeout', '5s', '--json', '--out', out],
  ]);
  if (stdout === '') throw new Error(stderr);
  const { requests, serviceTimeMs } = JSON.parse(stdout) as RunSummary;
  return {
    kind,
    answeredPerSecond: requests.succeeded / values.seconds,
    share: requests.succeeded / requests.due,
    p50Ms: serviceTimeMs.p50,
    p99Ms: serviceTimeMs.p99,
    nodesCpuUsPerAnswer: ((cpuSeconds(pids) - before) / requests.succeeded) * 1e6,
  };
}

function table(costs: readonly Cost[]): string {
  const row = (title: string, cell: (cost: Cost) => string): string =>
    `${title.padEnd(36)}${costs.map((cost) => cell(cost).padStart(12)).join('')}\n`;
  const ms = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
  return [
    row(`at ${values.rate} requests a second`, ({ kind }) => kind),
    row('answered a second', ({ answeredPerSecond }) => answeredPerSecond.toFixed(0)),
    row('answered of those due, %', ({ share }) => (share * 100).toFixed(2)),
    row('service time p50, ms', ({ p50Ms }) => ms(p50Ms)),
    row('service time p99, ms', ({ p99Ms }) => ms(p99Ms)),
    row('CPU time of the nodes per answer, us', ({ nodesCpuUsPerAnswer }) => nodesCpuUsPerAnswer.toFixed(0)),
  ].join('');
}

/** User and system time of the processes so far (proc(5), fields 14 and 15, ticks of 10 ms). */
function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

async function alone(kind: string, args: readonly string[]): Promise<Cost> {
  const node = new NodeProcess('127.0.0.1:2913/0', args);
  await node.start();
  const cost = await measure(kind, node.endpoint, [node.pid]);
  await node.end();
  return cost;
}

async function cluster(): Promise<Cost> {
  const pair = await ClusterPair.start({ cluster: 'lab', folder: join(folder, 'pair') });
  const cost = await measure(
    'replicated',
    pair.nodes[pair.activeIndex].endpoint,
    pair.nodes.map(({ pid }) => pid),
  );
  await pair.end();
  return cost;
}

const costs = [
  await alone('none', []),
  await alone('local', ['--data', join(folder, 'local-data')]),
  await cluster(),
];
process.stdout.write(values.json ? `${JSON.stringify(costs, null, 2)}\n` : table(costs));
process.exit(costs[2]!.share >= SUSTAINED ? 0 : 3);

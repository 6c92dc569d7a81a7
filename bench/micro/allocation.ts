/**
 * What the hot path leaves on JavaScript's heap: a sampling heap profile over many requests, short-lived objects included.
 *
 *   node dist/bench/micro/allocation.js [--requests 10000000] [--batch 64] [--limit 1]
 *
 * Exit code 3 when it is more than `--limit` bytes a request.
 */
import { type HeapProfiler, Session } from 'node:inspector';
import { parseArgs } from 'node:util';
import { loadRunConfig } from '../../src/config/load.js';
import { StationPair } from './pair.js';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    batch: { type: 'string', default: '64' },
    limit: { type: 'string', default: '1' },
  },
});

const WARM_UP = 300_000;
const SAMPLING_BYTES = 16_384;

interface Site {
  readonly place: string;
  bytes: number;
}

function sites(node: HeapProfiler.SamplingHeapProfileNode, into: Map<string, Site>): Map<string, Site> {
  const { functionName, url, lineNumber } = node.callFrame;
  const place = `${functionName || '(anonymous)'} ${url.replace(/^.*\/dist\//, '')}:${lineNumber + 1}`;
  const site = into.get(place) ?? { place, bytes: 0 };
  site.bytes += node.selfSize;
  into.set(place, site);
  for (const child of node.children) sites(child, into);
  return into;
}

const config = loadRunConfig({
  flags: { target: '127.0.0.1:2905', rate: '100000', duration: '10h', timeout: '5s' },
  seedDefault: 1,
});
const pair = new StationPair(config, 'udp', Number(values.batch));
const costs = { generatorNs: 0, responderNs: 0, answered: 0 };
while (costs.answered < WARM_UP) pair.turn(costs);

const session = new Session();
session.connect();
const requests = Number(values.requests);
let exitCode = 0;
session.post(
  'HeapProfiler.startSampling',
  {
    samplingInterval: SAMPLING_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType,
  () => {
    costs.answered = 0;
    while (costs.answered < requests) pair.turn(costs);
  },
);
session.post('HeapProfiler.stopSampling', (error, result) => {
  if (error !== null) throw error;
  const all = [...sites(result.profile.head, new Map()).values()].sort((a, b) => b.bytes - a.bytes);
  const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
  process.stdout.write(
    `${(total / requests).toFixed(3)} bytes a request on both sides together (${requests} requests)\n`,
  );
  for (const { place, bytes } of all.filter((site) => site.bytes / requests > 0.01))
    process.stdout.write(`  ${(bytes / requests).toFixed(3).padStart(8)}  ${place}\n`);
  if (total / requests > Number(values.limit)) exitCode = 3;
});
pair.close();
process.exitCode = exitCode;

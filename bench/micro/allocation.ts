/**
 * What the hot path leaves on JavaScript's heap: a sampling heap profile over many requests, short-lived objects included. The full check of a share of
 * the answers allocates by its nature and is left out unless asked for.
 *
 *   node dist/bench/micro/allocation.js [--requests 10000000] [--batch 64] [--check-share 0] [--limit 1]
 *
 * Exit code 3 when it is more than `--limit` bytes a request.
 */
import { type HeapProfiler, Session } from 'node:inspector';
import { parseArgs } from 'node:util';
import { openBinding } from '../../src/transport/sctp.js';
import { stationPair } from './exchange.js';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    batch: { type: 'string', default: '64' },
    'check-share': { type: 'string', default: '0' },
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

const pair = stationPair(openBinding(), {
  carrier: 'udp',
  requestsPerTurn: Number(values.batch),
  flags: { checkShare: values['check-share'] },
});
for (let answered = 0; answered < WARM_UP; ) answered += pair.turn();

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
    for (let answered = 0; answered < requests; ) answered += pair.turn();
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

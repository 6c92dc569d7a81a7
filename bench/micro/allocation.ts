/**
 * What the hot path leaves on JavaScript's heap: a sampling heap profile over many requests, short-lived objects included. The full check of a share of
 * the answers allocates by its nature and is left out unless asked for.
 *
 *   node dist/bench/micro/allocation.js [--requests 10000000] [--batch 64] [--check-share 0] [--limit 1]
 *
 * Exit code 3 when it is more than `--limit` bytes a request. `loop-allocation` asks the same of the worker threads of whole programs.
 */
import { Session } from 'node:inspector';
import { parseArgs } from 'node:util';
import { openBinding } from '../../src/transport/sctp.js';
import { stationPair } from './exchange.js';
import { formatSites, heapSites, SAMPLING, totalBytes } from './heap-sites.js';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000000' },
    batch: { type: 'string', default: '64' },
    'check-share': { type: 'string', default: '0' },
    limit: { type: 'string', default: '1' },
  },
});

const WARM_UP = 300_000;

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
session.post('HeapProfiler.startSampling', SAMPLING, () => {
  for (let answered = 0; answered < requests; ) answered += pair.turn();
});
session.post('HeapProfiler.stopSampling', (error, result) => {
  if (error !== null) throw error;
  const sites = heapSites(result.profile.head);
  const each = totalBytes(sites) / requests;
  process.stdout.write(
    `${each.toFixed(3)} bytes a request on both sides together (${requests} requests)\n${formatSites(sites, requests)}`,
  );
  if (each > Number(values.limit)) exitCode = 3;
});
pair.close();
process.exitCode = exitCode;

/**
 * What the hot path leaves on JavaScript's heap: a sampling heap profile over many requests, short-lived objects included. `loop-allocation` asks the
 * same of the worker threads of whole programs.
 */
import { Session } from 'node:inspector';
import { openBinding } from '../../src/transport/sctp.js';
import { number, readOptions, whole } from '../options.js';
import { stationPair } from './exchange.js';
import { formatSites, heapSites, SAMPLING, totalBytes } from './heap-sites.js';

const values = readOptions({
  about: "What a request leaves on JavaScript's heap, both stations in one thread: bytes by function.",
  options: {
    requests: { takes: whole(), default: '10000000', about: 'requests in all' },
    batch: { takes: whole(), default: '64', about: 'requests a turn' },
    'check-share': {
      takes: number(0, 1),
      default: '0',
      about: 'share of the answers that is checked in full, which allocates by its nature',
    },
    limit: { takes: number(0), default: '1', about: 'bytes a request' },
  },
  exits: { 3: 'more than --limit bytes a request' },
});

const WARM_UP = 300_000;

const pair = stationPair(openBinding(), {
  carrier: 'udp',
  requestsPerTurn: values.batch,
  flags: { checkShare: `${values['check-share']}` },
});
for (let answered = 0; answered < WARM_UP; ) answered += pair.turn();

const session = new Session();
session.connect();
const { requests } = values;
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
  if (each > values.limit) exitCode = 3;
});
pair.close();
process.exitCode = exitCode;

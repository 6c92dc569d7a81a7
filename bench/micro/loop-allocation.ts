/**
 * What a request leaves on JavaScript's heap in the worker threads of whole programs, `run` against `respond`: heap profiles of a short and a long run of
 * the same settings, the one taken from the other, so that boot, rehearsal and farewell cancel out.
 * The full check of a share of the answers allocates by its nature and is off here.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunSummary } from '../../src/measure/summary.js';
import { number, rate, readOptions } from '../options.js';
import { busyhourCommand, startJob, startServer, stop } from '../performance/children.js';
import { oneCoreASide } from '../performance/placement.js';
import { formatSites, type HeapSites, totalBytes } from './heap-sites.js';

const HOOK = fileURLToPath(new URL('./heap-hook.js', import.meta.url));
const SHORT_SECONDS = 3;

interface Profiles {
  readonly requests: number;
  readonly generator: HeapSites;
  readonly responder: HeapSites;
}

/** One run with a profile of each side's worker thread. */
async function profiles(ratePerSecond: number, seconds: number): Promise<Profiles> {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-heap-'));
  const hooked = (args: readonly string[]): string[] => {
    const [node = '', ...rest] = busyhourCommand(args);
    return ['env', `BUSYHOUR_HEAP_SITES=${folder}`, node, '--import', HOOK, ...rest];
  };
  try {
    const { generator, responder } = oneCoreASide();
    const server = await startServer(
      responder,
      hooked(['respond', '--listen', '127.0.0.1:2905/0', '--json']),
    );
    const { endpoint } = JSON.parse(server.firstLine) as { endpoint: string };
    const job = startJob(
      generator,
      hooked([
        ...['run', '--target', endpoint, '--rate', `${ratePerSecond}`, '--duration', `${seconds}s`],
        ...[
          '--timeout',
          '10s',
          '--json',
          '--workers',
          '1',
          '--check-share',
          '0',
          '--out',
          join(folder, 'result'),
        ],
      ]),
    );
    const summary = JSON.parse(await job.output([0, 3, 5])) as RunSummary;
    await stop(server.process);
    const sitesOf = (pid: number | undefined): HeapSites => {
      const file = readdirSync(folder).find((name) => name.startsWith(`${pid}-`));
      if (file === undefined) throw new Error('a worker thread left no profile');
      return new Map(JSON.parse(readFileSync(join(folder, file), 'utf8')) as [string, number][]);
    };
    return {
      requests: summary.requests.succeeded,
      generator: sitesOf(job.pid),
      responder: sitesOf(server.process.pid),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function less(long: HeapSites, short: HeapSites): HeapSites {
  const places = new Set([...long.keys(), ...short.keys()]);
  return new Map([...places].map((place) => [place, (long.get(place) ?? 0) - (short.get(place) ?? 0)]));
}

const values = readOptions({
  about:
    "What a request leaves on JavaScript's heap in the worker threads of run and respond as they are: bytes by function.",
  options: {
    rate: { takes: rate(), default: '200000', about: 'requests a second' },
    seconds: {
      takes: number(0.1),
      default: '50',
      about: `by how much the long run is longer than ${SHORT_SECONDS} s`,
    },
    limit: { takes: number(0), default: '1', about: 'bytes a request of the generator' },
  },
  exits: { 3: 'the generator is above --limit' },
});

const short = await profiles(values.rate, SHORT_SECONDS);
const long = await profiles(values.rate, SHORT_SECONDS + values.seconds);
const requests = long.requests - short.requests;
for (const side of ['generator', 'responder'] as const) {
  const sites = less(long[side], short[side]);
  const each = totalBytes(sites) / requests;
  process.stdout.write(`${side}: ${each.toFixed(3)} bytes a request (${requests} requests)\n`);
  process.stdout.write(formatSites(sites, requests));
  if (side === 'generator' && each > values.limit) process.exitCode = 3;
}

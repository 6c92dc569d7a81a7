/** Does a long run stay flat, bounded and resumable? Two hours of intervals of 10 s compressed, and kills of the generator. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Argument } from 'commander';
import { seededRandom } from '../../src/analysis/statistics/random.js';
import type { RunSummary } from '../../src/measure/summary.js';
import { busyhour, end, exitOf, startResponder } from '../freezes/children.js';
import { number, readOptions, text, whole } from '../options.js';
import { type KillRound, killAndResume } from './kill-round.js';

const INTERVALS = 720;
/** The memory of the generator may rise by this share over two hours. */
const RISE_SHARE_MAX = 0.1;
const KEEP_MB = 4;

async function load(requests: number, ratePerSecond: number, out: string): Promise<number> {
  const seconds = requests / ratePerSecond;
  const intervalMs = Math.max(100, Math.round((seconds * 1000) / INTERVALS));
  const responder = await startResponder(['--interval', '60s']);
  try {
    const child = busyhour(
      [
        ...['run', '--target', responder.endpoint, '--rate', String(ratePerSecond), '--workers', '2'],
        ...[
          '--duration',
          `${Math.round(seconds * 1000)}ms`,
          '--interval',
          `${intervalMs}ms`,
          '--tick',
          '1ms',
        ],
        ...['--timeout', '5s', '--out', out, '--rotate-size', '512KB', '--keep', `${KEEP_MB}MB`],
        ...['--fail-if', `over ${60 * intervalMs}ms: latency.p99 > 10s`],
      ],
      'ignore',
    );
    const code = await exitOf(child);
    if (code !== 0 && code !== 5) throw new Error(`the run ended with code ${code}`);
  } finally {
    await end(responder.child);
  }
  return judgeLoad(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as RunSummary, requests, out);
}

function judgeLoad(summary: RunSummary, requests: number, out: string): number {
  const { run, drift, valid, downtime } = summary;
  const memory = drift?.trends.find(({ name }) => name === 'generatorMemory');
  const say = (text: string): boolean => process.stdout.write(`${text}\n`);
  say(
    `${summary.requests.due} requests in ${run.durationSeconds} s (${drift?.intervals ?? 0} intervals), ${summary.requests.succeeded} succeeded`,
  );
  say(
    `${valid ? 'valid' : `INVALID: ${summary.invalidReasons.join('; ')}`}; ${downtime.windows.length} outages`,
  );
  if (memory === undefined) {
    say('no trend of the memory: too few intervals');
    return 3;
  }
  // An hour of the soak that was compressed is as many intervals as an hour has tens of seconds.
  const shrunk = 7_200 / run.durationSeconds;
  const rise = memory.to - memory.from;
  say(`memory of the generator: ${memory.from.toFixed(1)} to ${memory.to.toFixed(1)} MB, ${memory.verdict}`);
  say(
    `  slope ${memory.perHour.toFixed(2)} MB an hour of this run (99 % ${memory.lowPerHour.toFixed(2)} to ${memory.highPerHour.toFixed(2)}), ` +
      `${(memory.perHour / shrunk).toFixed(3)} an hour of the soak, ${((1e6 * rise) / requests).toFixed(3)} MB a million requests`,
  );
  const files = readdirSync(out).map((name) => [name, statSync(join(out, name)).size] as const);
  const bytes = files.reduce((sum, [, size]) => sum + size, 0);
  const series = files.filter(([name]) => !/^(summary\.json|report\.html)$/.test(name));
  const seriesBytes = series.reduce((sum, [, size]) => sum + size, 0);
  say(
    `result: ${(bytes / 1e6).toFixed(2)} MB in ${files.length} files, ${(seriesBytes / 1e6).toFixed(2)} MB of them bounded (keep ${KEEP_MB} MB)`,
  );
  for (const note of summary.notes) say(`note: ${note}`);
  const flat = rise <= RISE_SHARE_MAX * memory.from;
  const within = seriesBytes <= KEEP_MB * 2 ** 20;
  const complete = summary.requests.due === requests;
  if (!flat) say('the memory is not flat');
  if (!within) say('the result is larger than its bound');
  if (!complete) say(`${requests} were asked for`);
  return flat && within && complete ? 0 : 3;
}

async function kills(count: number, file: string): Promise<number> {
  mkdirSync(dirname(file), { recursive: true });
  const known = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
  const rounds = known.map((line) => JSON.parse(line) as KillRound);
  const responder = await startResponder();
  try {
    while (rounds.length < count) {
      const random = seededRandom(1000 + rounds.length);
      const folder = join(mkdtempSync(join(tmpdir(), 'busyhour-kill-')), 'result');
      const round = await killAndResume({
        start: (args) => busyhour(args, 'ignore'),
        ...{ endpoint: responder.endpoint, folder, ratePerSecond: 500, seconds: 10, intervalMs: 1_000 },
        killAfterMs: 200 + 9_000 * random(),
        downMs: 200 + 1_500 * random(),
        arrival: rounds.length % 2 === 0 ? 'constant' : 'poisson',
      });
      rmSync(dirname(folder), { recursive: true, force: true });
      rounds.push(round);
      appendFileSync(file, `${JSON.stringify(round)}\n`);
      const { killedAtMs, keptMs, intervalsLost, faults } = round;
      process.stdout.write(
        `${String(rounds.length).padStart(3)}  killed at ${(killedAtMs / 1000).toFixed(2)} s, kept ${(keptMs / 1000).toFixed(2)} s, ` +
          `${intervalsLost} ended intervals lost${faults.length === 0 ? '' : `  FAULTS: ${faults.join('; ')}`}\n`,
      );
    }
  } finally {
    await end(responder.child);
  }
  const good = rounds.filter(({ faults, intervalsLost }) => faults.length === 0 && intervalsLost <= 1).length;
  const none = rounds.filter(({ intervalsLost }) => intervalsLost === 0).length;
  process.stdout.write(
    `${good} of ${rounds.length} kills lost at most one interval, and the sums hold; ${none} lost no ended interval at all\n`,
  );
  return good === rounds.length ? 0 : 3;
}

async function main(): Promise<number> {
  const { words, requests, rate, count, out } = readOptions({
    about:
      "Does a long run stay flat, bounded and resumable? load: all requests in 720 intervals at a high rate; prints the slope of the generator's " +
      'memory and the size of the result. kills: kill -9 of the generator at a random moment, then resume; what was due must stand in the ' +
      'result exactly once; goes on where it was interrupted.',
    words: new Argument('<load|kills>', 'what is measured').choices(['load', 'kills']),
    options: {
      requests: { takes: whole(), default: '20000000', about: 'load: requests in all' },
      rate: { takes: number(1), default: '20000', about: 'load: requests a second' },
      count: { takes: whole(), default: '20', about: 'kills: kills in all, those already in --out included' },
      out: {
        takes: text('PATH'),
        about: 'load: folder of the result (results/soak-load); kills: file (results/soak-kills.ndjson)',
      },
    },
    exits: {
      0: 'memory is flat and the result bounded; no kill lost more than one interval',
      3: 'otherwise',
    },
  });
  return words[0] === 'load'
    ? load(requests, rate, resolve(out ?? 'results/soak-load'))
    : kills(count, resolve(out ?? 'results/soak-kills.ndjson'));
}

process.exitCode = await main();

/**
 * Kills the active node of a cluster again and again under load, and audits every request.
 * Probes and calls are mixed, half the rate each; a killed node is back in sync before the next kill.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClusterPair } from '../../src/cli/cluster-pair.js';
import { rate, readOptions, text, whole } from '../options.js';
import { wait } from './busyhour.js';
import { type Kill, killActive } from './kill.js';
import { type Audited, Load } from './load.js';
import { readLines, spread } from './log.js';

const TAKEOVER_MS_MAX = 500;
const SETTLE_MS = 1_000;

interface Round extends Audited {
  readonly kills: readonly Kill[];
}

const values = readOptions({
  about:
    'Kills the active node of a cluster again and again under load, and audits every request. A bench that was interrupted goes on where it ' +
    'stopped, over the same ledgers.',
  options: {
    kills: { takes: whole(0), default: '100', about: 'kills in all, those already in --out included' },
    'kills-per-audit': { takes: whole(), default: '1', about: 'kills before each audit' },
    rate: { takes: rate(), default: '2000', about: 'requests a second, probes and calls in equal parts' },
    out: { takes: text('DIR'), default: 'results/failover', about: 'nodes, and rounds.ndjson' },
  },
  exits: {
    0: `no answer lacks its charge, nothing was charged twice, the ledgers agree, every takeover came within ${TAKEOVER_MS_MAX} ms`,
    3: 'otherwise',
  },
});

const folder = resolve(values.out);
mkdirSync(folder, { recursive: true });
const log = join(folder, 'rounds.ndjson');
const rounds = readLines<Round>(log);
const killsOf = () => rounds.flatMap(({ kills }) => kills);
const pair = await ClusterPair.start({ cluster: 'lab', folder: join(folder, 'data') });

while (killsOf().length < values.kills) {
  const load = await Load.start(pair, join(folder, `round-${rounds.length + 1}-${process.pid}`), values.rate);
  const kills: Kill[] = [];
  while (kills.length < values['kills-per-audit']) {
    await wait(SETTLE_MS);
    kills.push(await killActive(pair, SETTLE_MS));
  }
  await wait(SETTLE_MS);
  const round = { kills, ...(await load.stop()) };
  rounds.push(round);
  appendFileSync(log, `${JSON.stringify(round)}\n`);
  process.stderr.write(`${JSON.stringify(round)}\n`);
}
await pair.end();

const total = (of: (round: Round) => number) => rounds.reduce((sum, round) => sum + of(round), 0);
const takeovers = killsOf().map(({ takeoverMs }) => takeoverMs);
const verdict = {
  kills: takeovers.length,
  answeredAndChargedOnce: total(({ answered }) => answered),
  inDoubt: total(({ inDoubt }) => inDoubt),
  answeredNotCharged: total(({ answeredNotCharged }) => answeredNotCharged),
  chargedTwice: total(({ chargedTwice }) => chargedTwice),
  ledgersAgree: rounds.every(({ agree }) => agree),
  takeoverMs: spread(takeovers),
  takeoversAbove500Ms: takeovers.filter((ms) => ms > TAKEOVER_MS_MAX).length,
  /** What is left of a takeover when the time that the killed process took to disappear is left out. */
  takeoverAfterExitMs: spread(killsOf().map(({ takeoverMs, exitMs }) => takeoverMs - exitMs)),
};
process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
const sound =
  verdict.answeredNotCharged === 0 &&
  verdict.chargedTwice === 0 &&
  verdict.ledgersAgree &&
  verdict.takeoversAbove500Ms === 0;
process.exit(sound ? 0 : 3);

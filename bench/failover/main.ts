/**
 * Kills the active node of a cluster again and again under load, and audits every request.
 *
 *   node dist/bench/failover/main.js [--kills 100] [--rate 2000] [--out FOLDER]
 *
 * Rounds are kept in FOLDER/rounds.ndjson: a bench that was interrupted goes on where it stopped, over the same ledgers.
 * Exit code 0 when no answer lacks its charge, nothing was charged twice, the ledgers agree and every takeover came within 500 ms.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { killAll, Pair } from './pair.js';
import { failoverRound, type Round } from './round.js';

const TAKEOVER_MS_MAX = 500;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    rate: { type: 'string', default: '2000' },
    out: { type: 'string', default: 'results/failover' },
  },
});

const folder = resolve(values.out);
mkdirSync(folder, { recursive: true });
const log = join(folder, 'rounds.ndjson');
const rounds: Round[] = existsSync(log)
  ? readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Round)
  : [];

process.on('exit', killAll);
const pair = await Pair.start({ folder: join(folder, 'data') });
while (rounds.length < Number(values.kills)) {
  const number = rounds.length + 1;
  const round = await failoverRound(
    pair,
    join(folder, `round-${number}-${process.pid}`),
    Number(values.rate),
  );
  rounds.push(round);
  appendFileSync(log, `${JSON.stringify(round)}\n`);
  process.stderr.write(
    `kill ${number} (${round.killed}): takeover ${round.takeoverMs.toFixed(0)} ms (process gone after ${round.exitMs.toFixed(0)} ms), back in sync after ${round.backInSyncMs.toFixed(0)} ms, ` +
      `${round.answered} answered and charged, ${round.inDoubt} in doubt, ${round.answeredNotCharged} answered and not charged, ${round.chargedTwice} charged twice\n`,
  );
}
await pair.stop();

const total = (of: (round: Round) => number) => rounds.reduce((sum, round) => sum + of(round), 0);
const slowest = Math.max(...rounds.map(({ takeoverMs }) => takeoverMs));
const verdict = {
  kills: rounds.length,
  answeredAndChargedOnce: total(({ answered }) => answered),
  inDoubt: total(({ inDoubt }) => inDoubt),
  answeredNotCharged: total(({ answeredNotCharged }) => answeredNotCharged),
  chargedTwice: total(({ chargedTwice }) => chargedTwice),
  ledgersAgree: rounds.every(({ agree }) => agree),
  takeoverMsMax: slowest,
};
process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
const sound =
  verdict.answeredNotCharged === 0 &&
  verdict.chargedTwice === 0 &&
  verdict.ledgersAgree &&
  slowest <= TAKEOVER_MS_MAX;
process.exit(sound ? 0 : 3);

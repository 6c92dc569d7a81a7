/**
 * Disturbs a cluster with a witness, and one without, under audited load, in a network namespace of its own (root, iptables, etcd).
 *
 * `freeze`: SIGSTOP of the active node beyond dead-after; it has to wake up fenced and say so. `cut`: the interconnect drops everything,
 * silently, for longer than dead-after. `reset`: up to 250 ms of forged resets. `witnessKill`: the witness is gone for a while. Without a witness
 * cuts and resets only.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClusterPair } from '../../src/cli/cluster-pair.js';
import { rate, readOptions, text, whole } from '../options.js';
import { AloneWatch } from './alone-watch.js';
import { wait } from './busyhour.js';
import { type Disturbance, disturb, KINDS, type Kind } from './disturbance.js';
import { Etcd } from './etcd.js';
import { type Audited, Load } from './load.js';
import { readLines, spread } from './log.js';

const values = readOptions({
  about:
    'Disturbs a cluster with a witness, and one without, under audited load, in a network namespace of its own (root, iptables, etcd). ' +
    'A bench that was interrupted goes on.',
  options: {
    freezes: { takes: whole(0), default: '50', about: 'stops of the active node, longer than dead-after' },
    cuts: {
      takes: whole(0),
      default: '50',
      about: 'silent cuts of the interconnect, longer than dead-after',
    },
    resets: { takes: whole(0), default: '50', about: 'bursts of forged resets on the interconnect' },
    'witness-kills': { takes: whole(0), default: '20', about: 'times for which the witness is gone' },
    'per-audit': { takes: whole(), default: '5', about: 'disturbances before each audit' },
    rate: { takes: rate(), default: '500', about: 'requests a second' },
    out: { takes: text('DIR'), default: 'results/disturb', about: 'nodes, and audits.ndjson' },
  },
  exits: {
    0: 'nothing answered lacks its charge, nothing was charged twice, the ledgers agree, the nodes never both served alone',
    3: 'otherwise',
  },
});

const INSIDE = 'BUSYHOUR_INSIDE_NAMESPACE';
if (process.env[INSIDE] === undefined) {
  const inner = `ip link set lo up && exec "$0" "$@"`;
  const words = ['-n', 'sh', '-c', inner, process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', words, {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  process.exit(status ?? 1);
}

/** What happened under one load, and its audit. */
interface Series extends Audited {
  readonly witness: boolean;
  readonly disturbances: readonly Disturbance[];
  /** Time for which both nodes said at once that they serve alone. */
  readonly bothAloneMs: number;
}

const SETTLE_MS = 500;
const START_MS_MAX = 20_000;
const wanted: Readonly<Record<Kind, number>> = {
  freeze: values.freezes,
  cut: values.cuts,
  reset: values.resets,
  witnessKill: values['witness-kills'],
};
const folder = resolve(values.out);
mkdirSync(folder, { recursive: true });
const log = join(folder, 'audits.ndjson');
const all = readLines<Series>(log);

/** What is missing with or without a witness, the kinds in turn. */
function missing(witness: boolean): Kind[] {
  const done = all.filter((series) => series.witness === witness).flatMap(({ disturbances }) => disturbances);
  const left = KINDS.filter((kind) => witness || kind === 'cut' || kind === 'reset').map((kind) => ({
    kind,
    count: wanted[kind] - done.filter((each) => each.kind === kind).length,
  }));
  const rounds = Math.max(0, ...left.map(({ count }) => count));
  return Array.from({ length: rounds }, (_, round) => left.filter(({ count }) => round < count)).flatMap(
    (kinds) => kinds.map(({ kind }) => kind),
  );
}

async function measure(witness: boolean, kinds: readonly Kind[]): Promise<void> {
  const home = join(folder, witness ? 'with-witness' : 'without-witness');
  const etcd = witness ? await Etcd.start(join(home, 'etcd')) : null;
  const watch = new AloneWatch();
  const pair = await ClusterPair.start({
    cluster: 'lab',
    folder: join(home, 'data'),
    extra: ['--dead-after', '1s', ...(etcd === null ? [] : ['--witness', etcd.address])],
    onEvent: (node, event) => watch.take(node, event),
  });
  await etcd?.untilBoth(START_MS_MAX);
  const perAudit = values['per-audit'];
  for (let from = 0; from < kinds.length; from += perAudit) {
    const load = await Load.start(pair, join(home, `audit-${all.length + 1}-${process.pid}`), values.rate);
    const disturbances: Disturbance[] = [];
    for (const kind of kinds.slice(from, from + perAudit)) {
      await wait(SETTLE_MS);
      disturbances.push(await disturb(kind, pair, etcd));
    }
    await wait(SETTLE_MS);
    const series = { witness, disturbances, bothAloneMs: watch.bothMs, ...(await load.stop()) };
    watch.bothMs = 0;
    all.push(series);
    appendFileSync(log, `${JSON.stringify(series)}\n`);
    process.stderr.write(`${JSON.stringify(series)}\n`);
  }
  await pair.end();
  await etcd?.kill();
}

for (const witness of [true, false]) {
  const kinds = missing(witness);
  if (kinds.length > 0) await measure(witness, kinds);
}

const disturbances = all.flatMap((series) =>
  series.disturbances.map((each) => ({ ...each, witness: series.witness })),
);
const total = (of: (series: Series) => number) => all.reduce((sum, series) => sum + of(series), 0);
const countsOf = (witness: boolean) =>
  Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      disturbances.filter((each) => each.witness === witness && each.kind === kind).length,
    ]),
  );
const verdict = {
  withWitness: countsOf(true),
  withoutWitness: countsOf(false),
  answeredAndChargedOnce: total(({ answered }) => answered),
  inDoubt: total(({ inDoubt }) => inDoubt),
  answeredNotCharged: total(({ answeredNotCharged }) => answeredNotCharged),
  chargedTwice: total(({ chargedTwice }) => chargedTwice),
  ledgersAgree: all.every(({ agree }) => agree),
  bothAloneMs: total(({ bothAloneMs }) => bothAloneMs),
  freezesThatWokeUpFenced: disturbances.filter(({ kind, fenced }) => kind === 'freeze' && fenced).length,
  freezesThatDidNot: disturbances.filter(({ kind, fenced }) => kind === 'freeze' && !fenced).length,
  resetMs: spread(disturbances.filter(({ kind }) => kind === 'reset').map(({ lengthMs }) => lengthMs)),
  registeredMs: spread(disturbances.flatMap(({ registeredMs }) => registeredMs ?? [])),
  neverRegistered: disturbances.filter((each) => each.witness && each.registeredMs === null).length,
};
process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
const sound =
  verdict.answeredNotCharged === 0 &&
  verdict.chargedTwice === 0 &&
  verdict.ledgersAgree &&
  verdict.bothAloneMs === 0 &&
  verdict.freezesThatDidNot === 0 &&
  verdict.neverRegistered === 0;
process.exit(sound ? 0 : 3);

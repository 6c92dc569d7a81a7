/**
 * Disturbs a cluster with a witness, and one without, under audited load, in a network namespace of its own (root, iptables, etcd).
 *
 *   node dist/bench/failover/disturb.js [--freezes 50] [--cuts 50] [--resets 50] [--witness-kills 20] [--out FOLDER]
 *
 * `freeze`: SIGSTOP of the active node beyond dead-after. `cut`: the interconnect drops everything, silently. `reset`: 250 ms of forged
 * resets. `witness-kill`: the witness is gone for a while. Rounds are kept in FOLDER/disturbances.ndjson; a bench that was interrupted goes on.
 * Exit code 0 when in every round nothing answered lacks its charge, nothing was charged twice, and the ledgers agree.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Etcd } from './etcd.js';
import { busyhour, killAll, Pair } from './pair.js';
import { verify } from './round.js';

const INSIDE = 'BUSYHOUR_INSIDE_NAMESPACE';
if (process.env[INSIDE] === undefined) {
  const inner = `ip link set lo up && exec "$0" "$@"`;
  const { status } = spawnSync(
    'unshare',
    ['-n', 'sh', '-c', inner, process.execPath, ...process.argv.slice(1)],
    {
      stdio: 'inherit',
      env: { ...process.env, [INSIDE]: '1' },
    },
  );
  process.exit(status ?? 1);
}

const { values } = parseArgs({
  options: {
    freezes: { type: 'string', default: '50' },
    cuts: { type: 'string', default: '50' },
    resets: { type: 'string', default: '50' },
    'witness-kills': { type: 'string', default: '20' },
    rate: { type: 'string', default: '500' },
    out: { type: 'string', default: 'results/disturb' },
  },
});

type Kind = 'freeze' | 'cut' | 'reset' | 'witness-kill';

interface Round {
  readonly kind: Kind;
  readonly witness: boolean;
  readonly answered: number;
  readonly inDoubt: number;
  readonly answeredNotCharged: number;
  readonly chargedTwice: number;
  readonly agree: boolean;
  /** States of both nodes in the middle of the disturbance. */
  readonly meanwhile: readonly string[];
  readonly epoch: number;
}

const DISTURBED_MS: Readonly<Record<Kind, number>> = {
  freeze: 3_000,
  cut: 3_000,
  reset: 250,
  'witness-kill': 2_000,
};
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
const folder = resolve(values.out);
mkdirSync(folder, { recursive: true });
process.on('exit', killAll);

/** Adds (`-A`) or removes (`-D`) the rules that disturb the interconnect. */
function filter(change: '-A' | '-D', pair: Pair, kind: 'cut' | 'reset'): void {
  const target = kind === 'cut' ? '-j DROP' : '-j REJECT --reject-with tcp-reset';
  for (const address of pair.interconnects) {
    const port = address.split(':')[1]!;
    for (const side of ['--dport', '--sport']) {
      execFileSync('sh', ['-c', `iptables -w ${change} INPUT -p tcp ${side} ${port} ${target}`]);
    }
  }
}

async function disturb(kind: Kind, pair: Pair, etcd: Etcd | null): Promise<string[]> {
  const states = () => pair.nodes.map(({ role }) => role?.state ?? 'none');
  const active = pair.nodes[pair.activeIndex];
  const half = DISTURBED_MS[kind] * 0.8;
  if (kind === 'freeze') active.signal('SIGSTOP');
  else if (kind === 'witness-kill') await etcd?.kill();
  else filter('-A', pair, kind);
  await wait(half);
  const meanwhile = states();
  await wait(DISTURBED_MS[kind] - half);
  if (kind === 'freeze') active.signal('SIGCONT');
  else if (kind === 'witness-kill') await etcd?.start();
  else filter('-D', pair, kind);
  return meanwhile;
}

async function round(kind: Kind, pair: Pair, etcd: Etcd | null, out: string): Promise<Round> {
  await pair.inSync(60_000);
  // The register says `both` a little after the nodes do.
  await wait(500);
  const running = busyhour([
    ...['run', '--target', pair.targets, '--carrier', 'udp', '--rate', values.rate, '--duration', '6s'],
    ...['--timeout', '10s', '--audit', '--out', out],
  ]);
  while (!existsSync(join(out, 'events.ndjson'))) await wait(50);
  await wait(1_000);
  const meanwhile = await disturb(kind, pair, etcd);
  await pair.inSync(60_000);
  await running;
  const { audit, agreement } = await verify(pair, out);
  return {
    kind,
    witness: etcd !== null,
    answered: audit.answeredAndChargedOnce,
    inDoubt: audit.chargedNotAnswered,
    answeredNotCharged: audit.answeredNotCharged,
    chargedTwice: audit.chargedTwice,
    agree: agreement?.agree === true,
    meanwhile,
    epoch: Math.max(...pair.nodes.map(({ role }) => role?.epoch ?? 0)),
  };
}

const log = join(folder, 'disturbances.ndjson');
const rounds = existsSync(log)
  ? readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Round)
  : [];

for (const witness of [true, false]) {
  const home = join(folder, witness ? 'with-witness' : 'without-witness');
  const etcd = witness ? await Etcd.start(join(home, 'etcd')) : null;
  const extra = ['--dead-after', '1s', ...(etcd === null ? [] : ['--witness', etcd.address])];
  const pair = await Pair.start({ folder: join(home, 'data'), extra });
  const wanted: readonly (readonly [Kind, string])[] = [
    ['freeze', witness ? values.freezes : '0'],
    ['cut', values.cuts],
    ['reset', values.resets],
    ['witness-kill', witness ? values['witness-kills'] : '0'],
  ];
  for (const [kind, count] of wanted) {
    const done = rounds.filter((each) => each.kind === kind && each.witness === witness).length;
    for (let number = done; number < Number(count); number++) {
      const result = await round(kind, pair, etcd, join(home, `${kind}-${number}-${process.pid}`));
      rounds.push(result);
      appendFileSync(log, `${JSON.stringify(result)}\n`);
      process.stderr.write(`${JSON.stringify(result)}\n`);
    }
  }
  await pair.stop();
  await etcd?.kill();
}

const bad = rounds.filter(
  ({ answeredNotCharged, chargedTwice, agree, meanwhile }) =>
    answeredNotCharged > 0 || chargedTwice > 0 || !agree || meanwhile.every((state) => state === 'alone'),
);
process.stdout.write(`${JSON.stringify({ rounds: rounds.length, bad })}\n`);
process.exit(bad.length === 0 ? 0 : 3);

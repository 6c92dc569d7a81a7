import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { busyhour, type Pair } from './pair.js';

/** What `busyhour ledger verify --json` says, as far as it is judged here. */
interface Verified {
  readonly ok: boolean;
  readonly agreement: { readonly agree: boolean } | null;
  readonly audit: {
    readonly requests: number;
    readonly answeredAndChargedOnce: number;
    readonly chargedNotAnswered: number;
    readonly answeredNotCharged: number;
    readonly chargedTwice: number;
  };
}

export interface Round {
  readonly killed: 'a' | 'b';
  /** From the signal to the other node's word that it serves. */
  readonly takeoverMs: number;
  /** From the signal to the end of the killed process: until then its host refuses nothing. */
  readonly exitMs: number;
  /** From the start of the killed node to its word that it has everything. */
  readonly backInSyncMs: number;
  readonly answered: number;
  readonly inDoubt: number;
  readonly answeredNotCharged: number;
  readonly chargedTwice: number;
  readonly agree: boolean;
}

const SECONDS = 6;
const KILL_AFTER_MS = 1_500;
const RESTART_AFTER_MS = 1_000;
const SCENARIOS = ['probe', 'call'] as const;

/**
 * Kills the active node in the middle of traffic to both, starts it again, and compares what was answered with what was charged.
 * @param ratePerSecond of both scenarios together
 */
export async function failoverRound(pair: Pair, folder: string, ratePerSecond: number): Promise<Round> {
  mkdirSync(folder, { recursive: true });
  const results = SCENARIOS.map((scenario) => join(folder, scenario));
  const runs = SCENARIOS.map((scenario, i) =>
    busyhour([
      ...[
        'run',
        '--target',
        pair.targets,
        '--carrier',
        'udp',
        '--scenario',
        scenario,
        '--hold',
        '500ms',
        '--audit',
      ],
      ...[
        '--rate',
        String(ratePerSecond / 2),
        '--duration',
        `${SECONDS}s`,
        '--timeout',
        '4s',
        '--out',
        results[i]!,
      ],
    ]),
  );
  // A run that has begun says so in its folder.
  while (!results.every((result) => existsSync(join(result, 'events.ndjson')))) await wait(50);
  await wait(KILL_AFTER_MS);
  const killedIndex = pair.activeIndex;
  const survivor = pair.nodes[1 - killedIndex]!;
  const before = survivor.events.length;
  const killedAtMs = performance.timeOrigin + performance.now();
  pair.nodes[killedIndex].signal('SIGKILL');
  const exit = pair.nodes[killedIndex]
    .exited()
    .then(() => performance.timeOrigin + performance.now() - killedAtMs);
  const serves = await survivor.until('that it serves', ({ state }) => state === 'alone', before);
  const takeoverMs = Date.parse(serves.at!) - killedAtMs;
  const exitMs = await exit;
  await wait(RESTART_AFTER_MS);
  const startedMs = performance.now();
  await pair.start(killedIndex);
  await pair.nodes[killedIndex].until('that it is in sync', ({ state }) => state === 'passive');
  await pair.inSync();
  const backInSyncMs = performance.now() - startedMs;
  await Promise.all(runs);
  const verified = await Promise.all(results.map((result) => verify(pair, result)));
  const sum = (of: (audit: Verified['audit']) => number) =>
    verified.reduce((total, { audit }) => total + of(audit), 0);
  return {
    killed: killedIndex === 0 ? 'a' : 'b',
    takeoverMs,
    exitMs,
    backInSyncMs,
    answered: sum((audit) => audit.answeredAndChargedOnce),
    inDoubt: sum((audit) => audit.chargedNotAnswered),
    answeredNotCharged: sum((audit) => audit.answeredNotCharged),
    chargedTwice: sum((audit) => audit.chargedTwice),
    agree: verified.every(({ agreement }) => agreement?.agree === true),
  };
}

export async function verify(pair: Pair, result: string): Promise<Verified> {
  const [data, against] = pair.folders;
  const { stdout, stderr } = await busyhour([
    'ledger',
    'verify',
    '--data',
    data,
    '--against',
    against,
    '--result',
    result,
    '--json',
  ]);
  if (stdout === '') throw new Error(`ledger verify: ${stderr}`);
  return JSON.parse(stdout) as Verified;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

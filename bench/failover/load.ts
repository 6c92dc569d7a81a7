import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterPair } from '../../src/cli/cluster-pair.js';
import type { AuditReport, VerifyReport } from '../../src/runtime/ledger/verify.js';
import { busyhour, type Started, start, wait } from './busyhour.js';

const SCENARIOS = ['probe', 'call'] as const;
const BEGIN_MS_MAX = 30_000;

/** What was answered and what was charged, of all scenarios of a load together. */
export interface Audited {
  readonly answered: number;
  readonly inDoubt: number;
  readonly answeredNotCharged: number;
  readonly chargedTwice: number;
  readonly agree: boolean;
}

/** Audited traffic to both nodes of a cluster, probes and calls in equal parts, until it is stopped. */
export class Load {
  readonly #pair: ClusterPair;
  readonly #results: readonly string[];
  readonly #runs: readonly Started[];

  private constructor(pair: ClusterPair, folder: string, ratePerSecond: number) {
    this.#pair = pair;
    this.#results = SCENARIOS.map((scenario) => join(folder, scenario));
    this.#runs = SCENARIOS.map((scenario, i) =>
      start([
        ...['run', '--target', pair.targets, '--carrier', 'udp', '--scenario', scenario, '--hold', '500ms'],
        ...['--rate', String(ratePerSecond / SCENARIOS.length), '--duration', '10m', '--timeout', '4s'],
        ...['--audit', '--out', this.#results[i]!],
      ]),
    );
  }

  /** Resolves when requests are due. @throws Error with the run's own words when it did not begin */
  static async start(pair: ClusterPair, folder: string, ratePerSecond: number): Promise<Load> {
    const load = new Load(pair, folder, ratePerSecond);
    const end = performance.now() + BEGIN_MS_MAX;
    while (!load.#results.every(hasBegun)) {
      if (performance.now() > end) {
        const said = (await load.#end()).map(({ stderr }) => stderr).join('');
        throw new Error(`the load did not begin: ${said}`);
      }
      await wait(50);
    }
    return load;
  }

  /** Ends the schedule, waits for every request to end, and compares with both ledgers. */
  async stop(): Promise<Audited> {
    await this.#end();
    const verified = await Promise.all(this.#results.map((result) => verify(this.#pair, result)));
    const sum = (name: keyof AuditReport) =>
      verified.reduce((total, { audit }) => total + (audit?.[name] ?? Number.NaN), 0);
    return {
      answered: sum('answeredAndChargedOnce'),
      inDoubt: sum('chargedNotAnswered'),
      answeredNotCharged: sum('answeredNotCharged'),
      chargedTwice: sum('chargedTwice'),
      agree: verified.every(({ agreement, ok }) => ok && agreement?.agree === true),
    };
  }

  #end() {
    for (const { signal } of this.#runs) signal('SIGINT');
    return Promise.all(this.#runs.map(({ ended }) => ended));
  }
}

/** A run says in its folder that its schedule began. */
function hasBegun(result: string): boolean {
  const events = join(result, 'events.ndjson');
  return existsSync(events) && readFileSync(events, 'utf8').includes('"started"');
}

/** `busyhour ledger verify` of both nodes against a run's folder. */
export async function verify(pair: ClusterPair, result: string): Promise<VerifyReport> {
  const [data, against] = pair.folders;
  const words = ['ledger', 'verify', '--data', data, '--against', against, '--result', result, '--json'];
  const { stdout, stderr } = await busyhour(words);
  if (stdout === '') throw new Error(`ledger verify: ${stderr}`);
  return JSON.parse(stdout) as VerifyReport;
}

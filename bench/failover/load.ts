import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** What a load is given to, and where its charges are looked for; a `ClusterPair` is one. */
export interface AuditedCluster {
  /** For `--target`. */
  readonly targets: string;
  /** Data folders: of one node, or of both to be compared. */
  readonly folders: readonly [string, string?];
}

/** Audited traffic to both nodes of a cluster, probes and calls in equal parts, until it is stopped. */
export class Load {
  readonly #cluster: AuditedCluster;
  readonly #results: readonly string[];
  readonly #runs: readonly Started[];

  private constructor(cluster: AuditedCluster, folder: string, ratePerSecond: number) {
    this.#cluster = cluster;
    this.#results = SCENARIOS.map((scenario) => join(folder, scenario));
    this.#runs = SCENARIOS.map((scenario, i) =>
      start([
        ...[
          'run',
          '--target',
          cluster.targets,
          '--carrier',
          'udp',
          '--scenario',
          scenario,
          '--hold',
          '500ms',
        ],
        ...['--rate', String(ratePerSecond / SCENARIOS.length), '--duration', '10m', '--timeout', '4s'],
        ...['--audit', '--out', this.#results[i]!],
      ]),
    );
  }

  /** Resolves when requests are due. @throws Error with the run's own words when it did not begin */
  static async start(cluster: AuditedCluster, folder: string, ratePerSecond: number): Promise<Load> {
    const load = new Load(cluster, folder, ratePerSecond);
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
    const ends = await this.#end();
    const verified = await Promise.all(this.#results.map((result) => verify(this.#cluster, result)));
    // A load that was not there proves nothing.
    verified.forEach(({ audit }, i) => {
      if ((audit?.requests ?? 0) === 0)
        throw new Error(`no ${SCENARIOS[i]} was offered: ${ends[i]?.stderr ?? ''}`);
    });
    const sum = (name: keyof AuditReport) =>
      verified.reduce((total, { audit }) => total + (audit?.[name] ?? Number.NaN), 0);
    return {
      answered: sum('answeredAndChargedOnce'),
      inDoubt: sum('chargedNotAnswered'),
      answeredNotCharged: sum('answeredNotCharged'),
      chargedTwice: sum('chargedTwice'),
      agree: verified.every(({ agreement, ok }) => ok && agreement?.agree !== false),
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

/** `busyhour ledger verify` against a run's folder. */
export async function verify(
  { folders }: Pick<AuditedCluster, 'folders'>,
  result: string,
): Promise<VerifyReport> {
  const [data, against] = folders;
  const other = against === undefined ? [] : ['--against', against];
  const words = ['ledger', 'verify', '--data', data, ...other, '--result', result, '--json'];
  const { stdout, stderr } = await busyhour(words);
  if (stdout === '') throw new Error(`ledger verify: ${stderr}`);
  return JSON.parse(stdout) as VerifyReport;
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { busyhour, type Ended } from '../../bench/failover/busyhour.js';
import { ClusterPair } from '../../src/cli/cluster-pair.js';
import { NodeProcess } from '../../src/cli/node-process.js';

const folders: string[] = [];
const pairs: ClusterPair[] = [];
const nodes: NodeProcess[] = [];

afterAll(async () => {
  await Promise.all([...pairs, ...nodes].map((each) => each.end()));
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

/** A folder that goes with the test file. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'busyhour-cluster-'));
  folders.push(made);
  return made;
}

/** A cluster in sync that ends with the test file. */
export async function startPair(...extra: string[]): Promise<ClusterPair> {
  const pair = await ClusterPair.start({ cluster: 'lab', folder: folder(), extra });
  pairs.push(pair);
  return pair;
}

/** A node by itself that ends with the test file. */
export async function startNode(listen: string, ...args: string[]): Promise<NodeProcess> {
  const node = new NodeProcess(listen, args);
  nodes.push(node);
  await node.start();
  return node;
}

/** An audited run of 1.5 s at 400 requests a second, unless `more` says otherwise. */
export function run(target: string, out: string, ...more: string[]): Promise<Ended> {
  return busyhour([
    ...['run', '--target', target, '--carrier', 'udp', '--rate', '400', '--duration', '1500ms'],
    ...['--timeout', '15s', '--audit', '--out', out, '--json', ...more],
  ]);
}

export function requestsOf({ stdout, stderr }: Ended) {
  if (stdout === '') throw new Error(stderr);
  const { requests } = JSON.parse(stdout) as {
    readonly requests: Readonly<Record<'due' | 'succeeded' | 'duplicateAnswered', number>>;
  };
  return requests;
}

/** `busyhour ledger verify` of one folder against a run. */
export function verifyOne(data: string, result: string): Promise<Ended> {
  return busyhour(['ledger', 'verify', '--data', data, '--result', result, '--json']);
}

/** The words of a fault of the user: exit code 2, one sentence, nothing that only a programmer can read. */
export function expectRefusal({ code, stderr }: Ended, words: RegExp): void {
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(code).toBe(2);
}

export const isRoot = process.getuid?.() === 0;

/** Whether a program can be started; says loudly what is skipped when not. */
export function has(program: string, skipped: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`SKIPPED ${skipped}: ${program} is not installed\n`);
    return false;
  }
}
